using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>A line of the table: the medians of an operation's slices.</summary>
/// <param name="Operation">What was measured.</param>
/// <param name="Peak">At full speed.</param>
/// <param name="Calm">At 70 % of the peak; empty if not requested.</param>
internal sealed record LoadRow(LoadOperation Operation, IReadOnlyList<LoadSlice> Peak, IReadOnlyList<LoadResult> Calm)
{
    public const string Head = """
        | operation | CPU µs per operation: auth server | MCP server | Redis | per second | p99 ms | p99 ms at 70 % | p99 ms of one request at 70 % | errors |
        |---|---:|---:|---:|---:|---:|---:|---:|---:|
        """;

    public string Name => Operation.FullName;

    public double PerSecond => Median(slice => slice.Outcome.PerSecond);

    public long Errors => Peak.Sum(slice => slice.Outcome.Errors) + Calm.Sum(result => result.Errors);

    /// <summary>The 99th percentile in ms at 70 % of the peak rate.</summary>
    public double CalmP99 => Statistics.Median(Calm.Select(result => result.P99.TotalMilliseconds));

    /// <summary>The same for one request, if an operation has several.</summary>
    public double CalmRequestP99 => Statistics.Median(Calm.Select(result => result.RequestP99.TotalMilliseconds));

    public double Median(Func<LoadSlice, double> value) => Statistics.Median(Peak.Select(value));

    /// <summary>The ratio to the other row: the median over pairs of slices that ran one after the other.</summary>
    public double Times(LoadRow other, Func<LoadSlice, double> value) =>
        Statistics.Median(Peak.Zip(other.Peak, (own, its) => value(own) / value(its)));

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"| {Name} | {Median(slice => slice.AuthMicroseconds):F0} | {Median(slice => slice.McpMicroseconds):F1} | "
                + $"{Median(slice => slice.RedisMicroseconds):F0} | {PerSecond:F0} | "
                + $"{Median(slice => slice.Outcome.P99.TotalMilliseconds):F1} | {Text(CalmP99)} | {Text(CalmRequestP99)} | {Errors} |"
        );

    private string Text(double milliseconds) => Calm.Count == 0 ? "–" : milliseconds.ToString("F1", CultureInfo.InvariantCulture);
}
