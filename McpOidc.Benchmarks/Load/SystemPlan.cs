namespace McpOidc.Benchmarks.Load;

/// <summary>The parts of one of our systems; by default one of each.</summary>
internal sealed record SystemPlan
{
    /// <summary>The prefix of its lines in the report.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>
    /// The processors of each authorization server; <see langword="null"/> for all. The other processes may use all of these.
    /// </summary>
    public IReadOnlyList<string?> Cores { get; init; } = [null];

    /// <summary>The number of nodes; more than one form a cluster.</summary>
    public int RedisNodes { get; init; } = 1;

    /// <summary>Whether there is a protected server, and with it the proxy through which it reads the keys.</summary>
    public bool HasMcpServer { get; init; } = true;

    /// <summary>Whether rate limits have their defaults; otherwise they are too high to be reached.</summary>
    public bool KeepsLimits { get; init; }

    /// <summary>Whether the authorization server reaches Redis through a <see cref="DelayedStore"/>.</summary>
    public bool DelaysStore { get; init; }
}
