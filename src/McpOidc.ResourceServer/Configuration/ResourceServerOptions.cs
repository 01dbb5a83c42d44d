namespace McpOidc.Configuration;

/// <summary>
/// The protected MCP endpoints of this process: the one configured here, those in <see cref="Resources"/>, or both. Section
/// <c>McpOidc:ResourceServer</c>.
/// </summary>
public sealed class ResourceServerOptions : ProtectedResourceOptions
{
    /// <summary>The configuration section: <c>McpOidc:ResourceServer</c>.</summary>
    public const string Section = "McpOidc:ResourceServer";

    /// <summary>
    /// Additional MCP endpoints, by name; the name is also the authentication scheme. An endpoint belongs to the resource at or below
    /// whose path it is mapped, or to the one given by <c>ForResource(name)</c>. Default: none.
    /// </summary>
    public IDictionary<string, ProtectedResourceOptions> Resources { get; } =
        new Dictionary<string, ProtectedResourceOptions>(StringComparer.Ordinal);

    /// <summary>Whether the authorization server's metadata and endpoints are also available on the MCP origin, for clients of 2025-03-26.
    /// Default: <see langword="true"/>.</summary>
    public bool ProxyAuthorizationServer { get; set; } = true;

    /// <summary>How long the authorization server's metadata and keys are cached. Default: 10 minutes.</summary>
    public TimeSpan KeyCacheLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The minimum time before keys are fetched again for a token with an unknown key. Default: 30 seconds.</summary>
    public TimeSpan KeyRefreshInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a live grant is cached while the revocation log is followed, through which a revocation takes effect immediately. Zero
    /// looks up the grant at every call. Default: 30 seconds.
    /// </summary>
    public TimeSpan GrantCacheLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long cached grants remain valid while the store is unreachable. After that, and for unknown grants, the response is 503.
    /// Default: 60 seconds.
    /// </summary>
    public TimeSpan StoreOutageTolerance { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The accepted clock skew between the two servers. Default: 30 seconds.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);
}
