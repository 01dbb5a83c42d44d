namespace McpOidc.Configuration;

/// <summary>
/// Clients whose <c>client_id</c> is the https URL of a metadata document (draft-ietf-oauth-client-id-metadata-document). Section
/// <c>McpOidc:Registration:ClientIdMetadataDocuments</c>.
/// </summary>
public sealed class ClientIdMetadataDocumentOptions
{
    /// <summary>Whether such clients are accepted and announced in the metadata. Default: <see langword="true"/>.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// The domains, including subdomains, whose documents are accepted, for instance <c>claude.ai</c>. Default: none, which accepts every
    /// domain that is not blocked.
    /// </summary>
    public IList<string> AllowedDomains { get; } = [];

    /// <summary>Domains, including subdomains, whose documents are rejected, even if a wider domain is allowed. Default: none.</summary>
    public IList<string> BlockedDomains { get; } = [];

    /// <summary>
    /// Pinned documents, used as they are without contacting their hosts: each is the JSON itself or the path of a file with it. Default:
    /// none.
    /// </summary>
    public IList<string> Pinned { get; } = [];

    /// <summary>
    /// Whether the documents of well-known clients in this package are used while their host refuses connections. Default:
    /// <see langword="true"/>.
    /// </summary>
    public bool UseShipped { get; set; } = true;

    /// <summary>
    /// The proxy for fetching documents, for instance <c>http://proxy.example:3128</c>, with <c>user:password@</c> if it requires
    /// authentication. It resolves host names and must block non-public addresses. Default: none; environment variables are ignored.
    /// </summary>
    public string? Proxy { get; set; }

    /// <summary>
    /// How often to test, with <c>claude.ai</c> and <c>chatgpt.com</c>, whether documents can be fetched; if not, the metadata do not
    /// announce them. Zero disables the test. Default: 10 minutes.
    /// </summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The maximum size of a document, and of a key set at its <c>jwks_uri</c>, in bytes. Default: 5120, as the draft
    /// recommends.</summary>
    public int MaximumSize { get; set; } = 5120;

    /// <summary>The time-out of a fetch, from name resolution to the last byte. Default: 5 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The minimum cache lifetime of a document, whatever its cache headers say. Default: 5 minutes.</summary>
    public TimeSpan MinimumCacheLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The maximum cache lifetime of a document, whatever its cache headers say. Default: 1 day.</summary>
    public TimeSpan MaximumCacheLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long a stale document remains in use while its host is unreachable or returns a server error (RFC 5861 §4). A document that was
    /// removed or has become invalid ends immediately. Default: 1 day.
    /// </summary>
    public TimeSpan StaleIfError { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a URL is not fetched again after a failure. Default: 15 seconds.</summary>
    public TimeSpan FailureCacheLifetime { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The maximum number of fetches from one host per minute and process; beyond it callers are told to retry later. Default:
    /// 30.</summary>
    public int FetchesPerHostPerMinute { get; set; } = 30;

    /// <summary>
    /// Whether to accept documents on this machine (<c>localhost</c>, <c>127.0.0.1</c>, <c>[::1]</c>), also by http. Only in Development,
    /// for testing a client. Default: <see langword="false"/>.
    /// </summary>
    public bool AllowLoopback { get; set; }
}
