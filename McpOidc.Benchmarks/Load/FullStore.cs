using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>Whether a full store slows anything down: compares a second system with a full Redis, in turn, with the first.</summary>
internal static class FullStore
{
    private static readonly string[] s_names =
    [
        LoadOperations.Protected,
        LoadOperations.Register,
        LoadOperations.Refresh,
        LoadOperations.SignIn,
    ];

    public static async Task RunAsync(LoadOptions options, LoadOperations empty, Bars bars)
    {
        await using var system = await OurSystem.StartAsync(options, new SystemPlan { Prefix = "full: " });
        using var full = await LoadOperations.PrepareAsync(system);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\n'full' has {options.Records:N0} clients, people and sign-ins more in its store:\n"
            )
        );
        await StoreFiller.FillAsync(full, options.Records);
        Console.WriteLine(LoadRow.Head);
        foreach (var name in s_names)
        {
            var rows = await LoadMeasurement.MeasureAsync([empty.Named(name), full.Named(name)], options.Duration);
            bars.AtMost(7, $"{name}: errors with a full and with an empty store", rows.Sum(row => row.Errors), 0);
            bars.AtLeast(
                7,
                $"{name}: rate with a full store / with an empty one",
                rows[1].Times(rows[0], slice => slice.Outcome.PerSecond),
                0.9
            );
            bars.AtMost(
                7,
                $"{name}: CPU with a full store / with an empty one",
                rows[1].Times(rows[0], slice => slice.ServerMicroseconds + slice.RedisMicroseconds),
                1.1
            );
        }
    }
}
