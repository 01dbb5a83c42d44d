namespace McpOidc.Configuration;

/// <summary>How clients identify themselves: metadata documents, and Dynamic Client Registration (RFC 7591, RFC 7592). Section
/// <c>McpOidc:Registration</c>.</summary>
public sealed class RegistrationOptions
{
    /// <summary>The configuration section: <c>McpOidc:Registration</c>.</summary>
    public const string Section = "McpOidc:Registration";

    /// <summary>
    /// Whether clients may register themselves. If not, <c>POST /register</c> answers 403 and the metadata have no registration endpoint;
    /// existing registrations remain valid. Default: <see langword="true"/>.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Initial access tokens (RFC 7591 §3), each at least 32 random characters: if set, registration requires one as bearer token.
    /// Default: none, which allows every client to register.
    /// </summary>
    public IList<string> InitialAccessTokens { get; } = [];

    /// <summary>
    /// Whether a registration with the same metadata as an existing one gets its client id, without credentials to manage it. Applies only
    /// to clients without a secret whose redirect URIs are all https. Default: <see langword="true"/>.
    /// </summary>
    public bool ReuseIdentical { get; set; } = true;

    /// <summary>
    /// Accepted redirect URIs with a private scheme, by the known client that owns it: a URI must start with one of these; the scheme is
    /// case-insensitive. A value ends in <c>://</c>, or includes host and path as far as they are known. Default: <c>claude://</c>,
    /// <c>cursor://</c>, <c>vscode://</c>, <c>vscode-insiders://</c>, <c>vscodium://</c>, <c>code-oss://</c>, <c>windsurf://</c>,
    /// <c>kiro://</c>, <c>zed://</c>, <c>raycast://</c>, <c>com.raycast:/</c>, <c>warp://</c>; configured values are added to them.
    /// </summary>
    public IList<string> PrivateSchemes { get; } =
    [
        "claude://",
        "cursor://",
        "vscode://",
        "vscode-insiders://",
        "vscodium://",
        "code-oss://",
        "windsurf://",
        "kiro://",
        "zed://",
        "raycast://",
        "com.raycast:/",
        "warp://",
    ];

    /// <summary>
    /// Whether the client id itself contains the registration, authenticated (RFC 7591 appendix A.5.2), if it fits into 255 characters and
    /// has no keys: nothing is stored until a user signs in, and it never expires. Existing ids remain valid when this is turned off.
    /// Default: <see langword="true"/>.
    /// </summary>
    public bool Stateless { get; set; } = true;

    /// <summary>
    /// The keys from which stateless ids, their secrets and their management tokens are derived, each at least 32 random characters: the
    /// first creates new ones, the others are still accepted. Required with <c>McpOidc:SecretCertificate</c>. Default:
    /// <c>McpOidc:Secret</c> and <c>McpOidc:PreviousSecrets</c>; in Development without them, a key in a file next to the store.
    /// </summary>
    public IList<string> Keys { get; } = [];

    /// <summary>Retired keys that did not leak: stateless ids created with one are valid if a user has signed in with them. Default:
    /// none.</summary>
    public IList<string> RetiredKeys { get; } = [];

    /// <summary>Stateless ids created before this time are rejected. Default: none.</summary>
    public DateTimeOffset? NotBefore { get; set; }

    /// <summary>Rejected client ids: as sent, or as shown in logs and pages. Default: none.</summary>
    public IList<string> Blocked { get; } = [];

    /// <summary>Whether to accept stateless ids with which no user has signed in yet. Ids can be created in advance, so turn it off while
    /// an attacker uses such a stock. Default: <see langword="true"/>.</summary>
    public bool AcceptUnused { get; set; } = true;

    /// <summary>
    /// Clients that do not request a missing scope when a tool needs it, by the <c>client_name</c> that they register, or by
    /// <c>client_id</c>: they get all scopes of the resource at their first sign-in, if the user allows it. <c>docs/scopes.md</c> lists
    /// such clients. Default: <c>MCP CLI Proxy</c>, which is mcp-remote; configured values are added to it.
    /// </summary>
    public IList<string> AskForAllScopesAtOnce { get; } = ["MCP CLI Proxy"];

    /// <summary>How long a stored registration is kept if no user has ever signed in with it. Default: 7 days.</summary>
    public TimeSpan UnusedLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a stored registration, and the record that a stateless one was used, is kept after its last use. Default: 90
    /// days.</summary>
    public TimeSpan IdleLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Clients with a metadata document at their <c>client_id</c>.</summary>
    public ClientIdMetadataDocumentOptions ClientIdMetadataDocuments { get; } = new();
}
