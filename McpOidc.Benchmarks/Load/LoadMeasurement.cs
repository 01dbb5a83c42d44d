using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// Measures operations that are compared, in turn, and takes the median of the slices: if the machine slows down for a while, it affects
/// all of them equally.
/// </summary>
internal static class LoadMeasurement
{
    private const int Slices = 5;
    private const double CalmShare = 0.7;
    private const int WarmUpTimes = 3;
    private static readonly TimeSpan s_longestWarmUp = TimeSpan.FromSeconds(30);

    /// <param name="compared">The operations to compare.</param>
    /// <param name="duration">The total for each at its peak; half of it at 70 % of the peak.</param>
    /// <param name="calm">Whether to measure at 70 % too.</param>
    public static async Task<List<LoadRow>> MeasureAsync(IReadOnlyList<LoadOperation> compared, TimeSpan duration, bool calm = true)
    {
        // Excludes tiered compilation, also of the preparation; under full load on two cores it takes up to 25 seconds.
        var warmUp = duration * WarmUpTimes;
        foreach (var operation in compared)
        {
            await operation.PrepareAsync(1 + (calm ? 2 * Slices : Slices));
            await operation.RunAsync(warmUp < s_longestWarmUp ? warmUp : s_longestWarmUp, null);
        }

        var peaks = await InTurnAsync(compared, operation => PeakAsync(operation, Slice(duration)));
        var rows = compared.Zip(peaks, (operation, peak) => new LoadRow(operation, peak, [])).ToList();
        if (calm)
        {
            var calms = await InTurnAsync(rows, row => row.Operation.RunAsync(Slice(duration / 2), row.PerSecond * CalmShare));
            rows = [.. rows.Zip(calms, (row, results) => row with { Calm = results })];
        }

        rows.ForEach(Console.WriteLine);
        return rows;
    }

    /// <summary>Prints the ratio of one row to another.</summary>
    public static void PrintRatio(LoadRow one, LoadRow other) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Name} / {other.Name}: {one.Times(other, slice => slice.Outcome.PerSecond):P1} of the rate, "
                    + $"{one.Times(other, slice => slice.ServerMicroseconds):F2} times the CPU"
            )
        );

    // wrk accepts whole seconds only.
    private static TimeSpan Slice(TimeSpan all) => TimeSpan.FromSeconds(Math.Max(1, Math.Round(all.TotalSeconds / Slices)));

    private static async Task<List<List<TResult>>> InTurnAsync<T, TResult>(IReadOnlyList<T> all, Func<T, Task<TResult>> measure)
    {
        var results = all.Select(_ => new List<TResult>()).ToList();
        for (var slice = 0; slice < Slices; slice++)
        {
            for (var i = 0; i < all.Count; i++)
            {
                results[i].Add(await measure(all[i]));
            }
        }

        return results;
    }

    private static async Task<LoadSlice> PeakAsync(LoadOperation operation, TimeSpan time)
    {
        var before = Processor(operation.System);
        var result = await operation.RunAsync(time, null);
        var after = Processor(operation.System);
        return new LoadSlice(
            result,
            after.Auth - before.Auth,
            after.Mcp - before.Mcp,
            [.. after.Redis.Zip(before.Redis, (late, early) => late - early)]
        );
    }

    private static (TimeSpan Auth, TimeSpan Mcp, TimeSpan[] Redis) Processor(LoadSystem system) =>
        (
            system.AuthServers.Aggregate(TimeSpan.Zero, (sum, server) => sum + server.Process.Processor),
            system.McpServer?.Processor ?? TimeSpan.Zero,
            [.. system.RedisNodes.Select(node => node.Processor)]
        );
}
