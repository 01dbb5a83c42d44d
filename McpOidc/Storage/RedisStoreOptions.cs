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
}
