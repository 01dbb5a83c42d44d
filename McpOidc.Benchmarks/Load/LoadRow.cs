using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>A line of the table.</summary>
internal sealed record LoadRow(string Name, LoadResult Result, TimeSpan AuthServer, TimeSpan McpServer, TimeSpan Redis)
{
    public const string Head = """
        | operation | per second | p99 ms | p99 ms at 70 % | errors | CPU µs per operation: auth server | MCP server | Redis |
        |---|---:|---:|---:|---:|---:|---:|---:|
        """;

    /// <summary>99 of 100 took at most so long at 70 % of the rate.</summary>
    public TimeSpan CalmP99 { get; init; }

    public double AuthMicroseconds => AuthServer.TotalMicroseconds / Result.Count;

    public double McpMicroseconds => McpServer.TotalMicroseconds / Result.Count;

    /// <summary>Of both servers together.</summary>
    public double ServerMicroseconds => AuthMicroseconds + McpMicroseconds;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {Name} | {Result.PerSecond:F0} | {Result.P99.TotalMilliseconds:F1} | {CalmP99.TotalMilliseconds:F1} | {Result.Errors} | {AuthMicroseconds:F0} | {McpMicroseconds:F1} | {Redis.TotalMicroseconds / Result.Count:F0} |");
}
