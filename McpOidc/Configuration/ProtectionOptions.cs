namespace McpOidc.Configuration;

/// <summary>An MCP server that is protected. Section <c>McpOidc:Protection</c>.</summary>
public sealed class ProtectionOptions
{
    /// <summary>The configuration section: <c>McpOidc:Protection</c>.</summary>
    public const string Section = "McpOidc:Protection";

    /// <summary>
    /// The resource identifier of this MCP server (RFC 9728 §1.2): the URL of its endpoint as people type it, for instance
    /// <c>https://mcp.example.com/mcp</c>. Required; never taken from a request.
    /// </summary>
    public string Resource { get; set; } = "";

    /// <summary>What people call this server; shown on the consent page. Default: the host of <see cref="Resource"/>.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// The scopes named in the protected resource metadata and in the challenge of a request without a token. <c>offline_access</c>
    /// does not belong here. Default: <c>openid</c>, <c>email</c>, <c>profile</c>; values in configuration are added to them.
    /// </summary>
    public IList<string> Scopes { get; } = ["openid", "email", "profile"];

    /// <summary>
    /// Scopes that include others, as <c>files:write &gt; files:read files:list</c>: a token with the first is taken as if it had the rest,
    /// and what they include in turn. Default: none.
    /// </summary>
    public IList<string> ScopeHierarchy { get; } = [];

    /// <summary>
    /// Whether the challenge of a request without a token also names the scopes of all tools (<see cref="RequireScopesAttribute"/>). People
    /// then allow everything at the first connection; for clients that do not ask again when a tool needs more. Default: <see langword="false"/>.
    /// </summary>
    public bool AskForAllScopesAtOnce { get; set; }

    /// <summary>Whether the auth server's metadata and endpoints also answer on the MCP origin, for clients of 2025-03-26. Default: <see langword="true"/>.</summary>
    public bool ProxyAuthorizationServer { get; set; } = true;

    /// <summary>How long the auth server's metadata and keys are used before they are fetched again. Default: 10 minutes.</summary>
    public TimeSpan KeyCacheLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How soon keys may be fetched again when a token names an unknown one. Default: 30 seconds.</summary>
    public TimeSpan KeyRefreshCooldown { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// For how long a session found live is not looked up again while the log of ended sessions is followed, by which a revocation takes
    /// effect at once. Zero looks up every call. Default: 30 seconds.
    /// </summary>
    public TimeSpan SessionCacheLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// For how long sessions that were live go on while the store cannot be reached; after it, and for sessions never seen, the answer
    /// is 503. Default: 60 seconds.
    /// </summary>
    public TimeSpan StoreOutageTolerance { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How much the clocks of the two servers may differ. Default: 30 seconds.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);
}
