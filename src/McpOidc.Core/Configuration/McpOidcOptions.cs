namespace McpOidc.Configuration;

/// <summary>Settings shared by the authorization server and the MCP servers that use its store. Section <c>McpOidc</c>.</summary>
public sealed class McpOidcOptions
{
    /// <summary>The configuration section: <c>McpOidc</c>.</summary>
    public const string Section = "McpOidc";

    /// <summary>
    /// The issuer identifier (RFC 8414 §2) of this authorization server, for instance <c>https://auth.example.com</c>. The same string is
    /// used wherever the issuer is named; a trailing slash is removed. It is never taken from a request. Default: in integrated mode the
    /// origin of the protected resource; required otherwise.
    /// </summary>
    public string? Issuer { get; set; }

    /// <summary>
    /// The issuer of the authorization server that protects this MCP server. Set it to run the MCP server standalone, with a separate
    /// authorization server; leave it empty to run both in one process (integrated). Default: empty.
    /// </summary>
    public string? Authority { get; set; }

    /// <summary>
    /// The origin at which this MCP server reaches <see cref="Authority"/>, if it differs from the one browsers use, as in a container
    /// network. Requests still carry the issuer's host and scheme. Default: the issuer.
    /// </summary>
    public string? AuthorityAddress { get; set; }

    /// <summary>
    /// At least 32 random characters, the same in every process that shares the store. It wraps the keys that encrypt stored records.
    /// Default: in Development, a generated secret kept in the store; required elsewhere, unless <see cref="SecretCertificate"/> is set.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>
    /// Secrets that <see cref="Secret"/> or <see cref="SecretCertificate"/> replaces. Keep the previous one here until every process has
    /// the new one; existing data and tokens remain valid. Default: none.
    /// </summary>
    public IList<string> PreviousSecrets { get; } = [];

    /// <summary>A certificate instead of <see cref="Secret"/>. Default: none.</summary>
    public SecretCertificateOptions SecretCertificate { get; } = new();

    /// <summary>The certificate that is being replaced. Keep it until every process has the new certificate or secret. Default:
    /// none.</summary>
    public SecretCertificateOptions PreviousSecretCertificate { get; } = new();

    /// <summary>The MCP servers for which tokens are issued (RFC 8707). Default: in integrated mode the protected resource; required
    /// otherwise.</summary>
    public IList<ResourceOptions> Resources { get; } = [];

    /// <summary>Display names of scopes, and who may have them. A scope without an entry here is available to every user. Default:
    /// none.</summary>
    public IList<ScopeOptions> Scopes { get; } = [];

    /// <summary>Pre-registered clients. Other clients register themselves, and only for user sign-in. Default: none.</summary>
    public IList<ClientOptions> Clients { get; } = [];

    /// <summary>
    /// Networks (CIDR) of the reverse proxies whose <c>X-Forwarded-*</c> headers are trusted, for instance <c>10.0.0.0/8</c>. Default:
    /// none; the headers are then ignored, even with <c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c>.
    /// </summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>
    /// The headers in which these proxies report the caller: <c>XForwarded</c> or <c>Forwarded</c> (RFC 7239). The other kind is ignored,
    /// because a proxy passes it through as the caller sent it. Default: <c>XForwarded</c>.
    /// </summary>
    public ProxyHeaders ProxyHeaders { get; set; }

    /// <summary>Additional host names under which this process accepts requests, besides those of the issuer and the resources. Default:
    /// none.</summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>
    /// How long a process with <c>AddProcessGuards()</c> keeps serving after SIGTERM while its health check reports 503, so that a load
    /// balancer can notice; at most one minute. Does not apply to Ctrl-C or in Development. Default: 5 seconds; none in Kubernetes, where
    /// <c>preStop</c> serves this purpose.
    /// </summary>
    public TimeSpan? DrainTime { get; set; }

    /// <summary>
    /// Browser origins that may call the MCP endpoint, besides its own and, in Development, those of the MCP Inspector
    /// (port 6274 of this machine). Default: none. The OAuth endpoints allow every origin, without credentials.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];
}
