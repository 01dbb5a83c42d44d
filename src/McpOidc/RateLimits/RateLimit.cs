namespace McpOidc.RateLimits;

/// <summary>How many are let through within a window of time.</summary>
/// <param name="Name">What is counted, in words of the settings; part of the store's keys.</param>
/// <param name="Permits">How many; 0 for any number.</param>
/// <param name="Window">The time after which counting begins anew.</param>
internal sealed record RateLimit(string Name, int Permits, TimeSpan Window)
{
    /// <summary>So many are counted here before they are told to the other processes: a tenth, so that few requests pay for the
    /// store.</summary>
    public int Step { get; } = Math.Max(1, Permits / 10);

    /// <summary>For a limit by address, the limit of the IPv6 network (/48) around it, of which one site has 65,536 addresses as we count
    /// them.</summary>
    public RateLimit? OfNetwork { get; init; }
}
