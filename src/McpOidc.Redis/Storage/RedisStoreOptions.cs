namespace McpOidc.Storage;

/// <summary>Settings of the store in Redis, section <c>McpOidc:Redis</c>. The address is the connection string <c>redis</c>.</summary>
public sealed class RedisStoreOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "McpOidc:Redis";

    /// <summary>
    /// Stands before every key. All instances, and the MCP servers that share the store, need the same one; without braces, which
    /// would put everything into one slot of a cluster. Default: <c>mcpoidc:</c>.
    /// </summary>
    public string KeyPrefix { get; set; } = "mcpoidc:";

    /// <summary>
    /// How many replicas have to hold a write before it counts (Redis <c>WAIT</c>); 0 to 5. Without it a fail-over may forget the last
    /// writes: a code that was redeemed looks fresh again, and a client whose refresh token was rotated has to sign in anew. With it a
    /// write that they do not confirm within a second is answered with <c>temporarily_unavailable</c>. Default: 0, for a Redis without
    /// replicas.
    /// </summary>
    public int WaitForReplicas { get; set; }
}
