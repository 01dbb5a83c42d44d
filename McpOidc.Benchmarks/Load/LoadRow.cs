using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>A line of the table.</summary>
internal sealed record LoadRow(string Name, LoadResult Result, TimeSpan AuthServer, TimeSpan McpServer)
{
    public const string Head = """
        | operation | per second | p99 ms | errors | CPU µs per operation: auth server | MCP server |
        |---|---:|---:|---:|---:|---:|
        """;

    public double AuthMicroseconds => AuthServer.TotalMicroseconds / Result.Count;

    public double McpMicroseconds => McpServer.TotalMicroseconds / Result.Count;

    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"| {Name} | {Result.PerSecond:F0} | {Result.P99.TotalMilliseconds:F1} | {Result.Errors} | {AuthMicroseconds:F0} | {McpMicroseconds:F0} |");
}
