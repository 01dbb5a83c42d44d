namespace McpOidc.Benchmarks.Load;

/// <summary>A slice of an operation at its peak.</summary>
/// <param name="Outcome">The result.</param>
/// <param name="AuthServers">Processor time of all authorization servers.</param>
/// <param name="McpServer">Processor time of the protected server.</param>
/// <param name="RedisNodes">Processor time of each Redis node.</param>
internal sealed record LoadSlice(LoadResult Outcome, TimeSpan AuthServers, TimeSpan McpServer, IReadOnlyList<TimeSpan> RedisNodes)
{
    public double AuthMicroseconds => AuthServers.TotalMicroseconds / Outcome.Count;

    public double McpMicroseconds => McpServer.TotalMicroseconds / Outcome.Count;

    /// <summary>Of both kinds of servers combined.</summary>
    public double ServerMicroseconds => AuthMicroseconds + McpMicroseconds;

    public double RedisMicroseconds => RedisNodes.Sum(node => node.TotalMicroseconds) / Outcome.Count;

    /// <summary>Of the busiest node: a million divided by this is the store's capacity per second.</summary>
    public double BusiestRedisMicroseconds => RedisNodes.Max(node => node.TotalMicroseconds) / Outcome.Count;
}
