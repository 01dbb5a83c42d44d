namespace McpOidc.Storage;

/// <summary>Settings of the Redis store, section <c>McpOidc:Redis</c>. The address is the connection string <c>redis</c>.</summary>
public sealed class RedisStoreOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "McpOidc:Redis";

    /// <summary>
    /// The prefix of every key. All instances and the MCP servers that share the store must use the same one. It must not contain braces,
    /// which would put everything into one slot of a cluster. Default: <c>mcpoidc:</c>.
    /// </summary>
    public string KeyPrefix { get; set; } = "mcpoidc:";

    /// <summary>
    /// How many replicas must confirm a write (Redis <c>WAIT</c>); 0 to 5. Without it a failover may lose the last writes: a redeemed code
    /// becomes valid again, and a client whose refresh token was rotated must sign in again. With it, a write that is not confirmed within
    /// a second is answered with <c>temporarily_unavailable</c>. Default: 0, for a Redis without replicas.
    /// </summary>
    public int WaitForReplicas { get; set; }
}
