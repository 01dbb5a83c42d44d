namespace McpOidc.Configuration;

/// <summary>
/// The MCP endpoints of this process that are protected: the one that is described here, those of <see cref="Resources"/>, or all of them.
/// Section <c>McpOidc:ResourceServer</c>.
/// </summary>
public sealed class ResourceServerOptions : ProtectedResourceOptions
{
    /// <summary>The configuration section: <c>McpOidc:ResourceServer</c>.</summary>
    public const string Section = "McpOidc:ResourceServer";

    /// <summary>
    /// Further MCP endpoints, each by a name that is also its authentication scheme. An endpoint belongs to the resource whose path it is
    /// mapped at or below, or to the one that <c>ForResource(name)</c> says. Default: none.
    /// </summary>
    public IDictionary<string, ProtectedResourceOptions> Resources { get; } =
        new Dictionary<string, ProtectedResourceOptions>(StringComparer.Ordinal);

    /// <summary>Whether the authorization server's metadata and endpoints also answer on the MCP origin, for clients of 2025-03-26.
    /// Default: <see langword="true"/>.</summary>
    public bool ProxyAuthorizationServer { get; set; } = true;

    /// <summary>How long the authorization server's metadata and keys are used before they are fetched again. Default: 10
    /// minutes.</summary>
    public TimeSpan KeyCacheLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How soon keys may be fetched again when a token names an unknown one. Default: 30 seconds.</summary>
    public TimeSpan KeyRefreshInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// For how long a session found live is not looked up again while the log of ended sessions is followed, by which a revocation takes
    /// effect at once. Zero looks up every call. Default: 30 seconds.
    /// </summary>
    public TimeSpan GrantCacheLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// For how long sessions that were live go on while the store cannot be reached; after it, and for sessions never seen, the answer
    /// is 503. Default: 60 seconds.
    /// </summary>
    public TimeSpan StoreOutageTolerance { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How much the clocks of the two servers may differ. Default: 30 seconds.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);
}
