namespace McpOidc.RateLimits;

/// <summary>A limit: how many are allowed within a window of time.</summary>
/// <param name="Name">What is counted, by the name of its setting; part of the store's keys.</param>
/// <param name="Permits">How many; 0 for no limit.</param>
/// <param name="Window">The window after which counting restarts.</param>
internal sealed record RateLimit(string Name, int Permits, TimeSpan Window)
{
    /// <summary>How many are counted locally before they are shared with other processes: a tenth, so that few requests pay for a store
    /// operation.</summary>
    public int Step { get; } = Math.Max(1, Permits / 10);

    /// <summary>For a limit by address, the limit of its IPv6 network (/48), in which a site has 65,536 of the networks that we count as
    /// addresses.</summary>
    public RateLimit? OfNetwork { get; init; }
}
