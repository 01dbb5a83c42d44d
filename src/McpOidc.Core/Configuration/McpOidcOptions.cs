namespace McpOidc.Configuration;

/// <summary>What the authorization server and the MCP servers that share its store have in common. Section <c>McpOidc</c>.</summary>
public sealed class McpOidcOptions
{
    /// <summary>The configuration section: <c>McpOidc</c>.</summary>
    public const string Section = "McpOidc";

    /// <summary>
    /// The issuer identifier (RFC 8414 §2) of this authorization server, for instance <c>https://auth.example.com</c>. Every place that
    /// names the issuer uses this one string; a trailing slash is dropped. Never taken from a request. Default: in integrated mode the
    /// origin of the protected resource; required otherwise.
    /// </summary>
    public string? Issuer { get; set; }

    /// <summary>
    /// The issuer of the authorization server that protects this MCP server. Set it and the MCP server runs standalone, next to an auth
    /// server of its own; leave it empty and the process is its own authority (integrated). Default: empty.
    /// </summary>
    public string? Authority { get; set; }

    /// <summary>
    /// Where this MCP server reaches <see cref="Authority"/>, if not where browsers do: a container calls it by another name. The origin
    /// only; host and scheme of the issuer are sent along. Default: the issuer.
    /// </summary>
    public string? AuthorityAddress { get; set; }

    /// <summary>
    /// At least 32 random characters, the same in every process that shares the store. It wraps the keys that encrypt stored records.
    /// Default: in Development one that is kept in the store; required elsewhere, unless <see cref="SecretCertificate"/> takes its place.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>
    /// Secrets that <see cref="Secret"/> or <see cref="SecretCertificate"/> replaces. Give the one before until every process has the new
    /// one; nothing that was stored or handed out is lost. Default: none.
    /// </summary>
    public IList<string> PreviousSecrets { get; } = [];

    /// <summary>A certificate in place of <see cref="Secret"/>. Default: none.</summary>
    public SecretCertificateOptions SecretCertificate { get; } = new();

    /// <summary>The certificate that is replaced, until every process has the new one or the new secret. Default: none.</summary>
    public SecretCertificateOptions PreviousSecretCertificate { get; } = new();

    /// <summary>The MCP servers for which tokens are issued (RFC 8707). Default: in integrated mode the protected resource; required
    /// otherwise.</summary>
    public IList<ResourceOptions> Resources { get; } = [];

    /// <summary>What scopes are called, and who may have them. A scope that is not named here needs no entry: everybody may have it.
    /// Default: none.</summary>
    public IList<ScopeOptions> Scopes { get; } = [];

    /// <summary>Clients that the operator registers. Others register themselves, for the sign-in of people only. Default: none.</summary>
    public IList<ClientOptions> Clients { get; } = [];

    /// <summary>
    /// Networks (CIDR) of reverse proxies whose <c>X-Forwarded-*</c> headers are believed, for instance <c>10.0.0.0/8</c>. Default: none,
    /// and then the headers are ignored, whatever <c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c> says.
    /// </summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>
    /// By which headers these proxies say who calls: <c>XForwarded</c> or <c>Forwarded</c> (RFC 7239). The others are ignored: a proxy
    /// passes them through as a caller made them up. Default: <c>XForwarded</c>.
    /// </summary>
    public ProxyHeaders ProxyHeaders { get; set; }

    /// <summary>Host names, beside those of the issuer and the resources, under which this process may be addressed. Default:
    /// none.</summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>
    /// How long a process with <c>AddProcessGuards()</c> goes on serving after SIGTERM while its health check says 503, so that a load
    /// balancer finds out first; at most a minute. Not at Ctrl-C, and never in Development. Default: 5 seconds; none within Kubernetes,
    /// where <c>preStop</c> is for that.
    /// </summary>
    public TimeSpan? DrainTime { get; set; }

    /// <summary>
    /// Browser origins that may call the MCP endpoint, beside its own and, in Development, that of the MCP Inspector
    /// (<c>http://localhost:6274</c>). Default: none. The OAuth endpoints answer every origin, without credentials.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];
}
