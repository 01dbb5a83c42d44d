namespace McpOidc.Benchmarks.Load;

/// <summary>What a system of ours is made of; one of each without more.</summary>
internal sealed record SystemPlan
{
    /// <summary>Of its lines in the report.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>An authorization server for each, with the processors that it may use; <see langword="null"/> is all. The other processes
    /// may use all of these.</summary>
    public IReadOnlyList<string?> Cores { get; init; } = [null];

    /// <summary>More than one are a cluster.</summary>
    public int RedisNodes { get; init; } = 1;

    /// <summary>Whether there is a protected server, and with it the proxy through which it reads the keys.</summary>
    public bool HasMcpServer { get; init; } = true;

    /// <summary>Whether limits by rate are the defaults; otherwise they are out of reach.</summary>
    public bool KeepsLimits { get; init; }

    /// <summary>Whether the authorization server reaches Redis through a <see cref="DelayedStore"/>.</summary>
    public bool DelaysStore { get; init; }
}
