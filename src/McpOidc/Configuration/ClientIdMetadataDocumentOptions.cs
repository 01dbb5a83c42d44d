namespace McpOidc.Configuration;

/// <summary>
/// Clients whose <c>client_id</c> is the https URL of a document that describes them (draft-ietf-oauth-client-id-metadata-document).
/// Section <c>McpOidc:Registration:ClientIdMetadataDocuments</c>.
/// </summary>
public sealed class ClientIdMetadataDocumentOptions
{
    /// <summary>Whether such clients are accepted, and the metadata say so. Default: <see langword="true"/>.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// The domains whose documents are accepted, each with its subdomains, for instance <c>claude.ai</c>. Default: none, and then every
    /// domain is accepted that is not blocked.
    /// </summary>
    public IList<string> AllowedDomains { get; } = [];

    /// <summary>Domains whose documents are refused, each with its subdomains, also where a wider domain is allowed. Default:
    /// none.</summary>
    public IList<string> BlockedDomains { get; } = [];

    /// <summary>
    /// Documents that are used as they are, without asking their hosts for anything: each the JSON of one, or the path of a file with it.
    /// Default: none.
    /// </summary>
    public IList<string> Pinned { get; } = [];

    /// <summary>
    /// Whether the documents of well-known clients that came with the package stand in while their host cannot be connected to. Default:
    /// <see langword="true"/>.
    /// </summary>
    public bool UseShipped { get; set; } = true;

    /// <summary>
    /// The proxy by which documents are fetched, for instance <c>http://proxy.example:3128</c>, with <c>user:password@</c> where it wants
    /// to know who comes. It looks the hosts up, and has to refuse addresses that are not public. Default: none, whatever the environment
    /// says.
    /// </summary>
    public string? Proxy { get; set; }

    /// <summary>
    /// How often it is tried, at <c>claude.ai</c> and <c>chatgpt.com</c>, whether documents can be fetched at all; where not, the metadata
    /// do not offer them. Zero: never. Default: 10 minutes.
    /// </summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The largest document, and the largest key set at its <c>jwks_uri</c>, in bytes. Default: 5120, as the draft
    /// advises.</summary>
    public int MaximumSize { get; set; } = 5120;

    /// <summary>How long one fetch may take, from the look-up of the host to the last byte. Default: 5 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A document counts as fresh at least this long, whatever its cache headers say. Default: 5 minutes.</summary>
    public TimeSpan MinimumCacheLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A document counts as fresh at most this long, whatever its cache headers say. Default: 1 day.</summary>
    public TimeSpan MaximumCacheLifetime { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long a document that is no longer fresh is used on while its host cannot be reached or answers with an error of its own
    /// (RFC 5861 §4). One that the host no longer has, or that has become invalid, ends at once. Default: 1 day.
    /// </summary>
    public TimeSpan StaleIfError { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a URL that failed is not fetched again. Default: 15 seconds.</summary>
    public TimeSpan FailureCacheLifetime { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often one process fetches from one host within a minute; beyond it callers are told to come back later. Default:
    /// 30.</summary>
    public int FetchesPerHostPerMinute { get; set; } = 30;

    /// <summary>
    /// Whether documents on this machine are accepted (<c>localhost</c>, <c>127.0.0.1</c>, <c>[::1]</c>), by http too. In Development
    /// only, for trying out a client. Default: <see langword="false"/>.
    /// </summary>
    public bool AllowLoopback { get; set; }
}
