using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// Whether a change improves performance: compares this build, in turn, with one that <c>MCPOIDC_LOAD_OUT</c> kept. The speed of a shared
/// machine varies by a third within minutes, so only runs within the same seconds are comparable.
/// </summary>
internal static class EarlierBuild
{
    public static async Task RunAsync(LoadOptions options, LoadOperations now, string folder)
    {
        var earlier = options with
        {
            AuthServer = Path.Combine(folder, "McpOidc.AuthServer", "McpOidc.AuthServer"),
            Benchmarks = Path.Combine(folder, "McpOidc.Benchmarks", "McpOidc.Benchmarks"),
        };
        if (options.Asks(ColdStart.Name))
        {
            await ColdStart.MeasureAsync(options, earlier);
        }

        await using var system = await OurSystem.StartAsync(earlier, new SystemPlan { Prefix = "earlier: " });
        using var before = await LoadOperations.PrepareAsync(system);
        Console.WriteLine();
        Console.WriteLine(LoadRow.Head);
        var rows = new List<LoadRow>();
        foreach (var name in now.All.Select(operation => operation.Name).Where(options.Asks))
        {
            foreach (var connections in options.Connections)
            {
                LoadOperation[] both = [now.Named(name, connections), before.Named(name, connections)];
                rows.AddRange(await LoadMeasurement.MeasureAsync(both, options.Duration, calm: false));
            }
        }

        Console.WriteLine();
        foreach (var pair in rows.Chunk(2))
        {
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{pair[0].Name}, now / earlier: {pair[0].Times(pair[1], slice => slice.ServerMicroseconds):P1} of the CPU, "
                        + $"{pair[0].Times(pair[1], slice => slice.Outcome.PerSecond):P1} of the rate"
                )
            );
        }
    }
}
