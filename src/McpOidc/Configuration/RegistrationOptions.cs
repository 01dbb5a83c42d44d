namespace McpOidc.Configuration;

/// <summary>How clients become known: metadata documents, and Dynamic Client Registration (RFC 7591, RFC 7592). Section
/// <c>McpOidc:Registration</c>.</summary>
public sealed class RegistrationOptions
{
    /// <summary>The configuration section: <c>McpOidc:Registration</c>.</summary>
    public const string Section = "McpOidc:Registration";

    /// <summary>
    /// Whether clients may register themselves. When off, <c>POST /register</c> answers 403 and the metadata name no registration endpoint;
    /// clients that are registered stay so. Default: <see langword="true"/>.
    /// </summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Initial access tokens (RFC 7591 §3), each at least 32 random characters: when there is one, registration needs one of them as bearer
    /// token.
    /// Default: none, and anybody may register.
    /// </summary>
    public IList<string> InitialAccessTokens { get; } = [];

    /// <summary>
    /// Whether a registration with the same metadata as one in use is answered with that one's client id, without credentials to manage it.
    /// Only for clients without a secret whose redirect URIs are all https. Default: <see langword="true"/>.
    /// </summary>
    public bool ReuseIdentical { get; set; } = true;

    /// <summary>
    /// Redirect URIs with a private scheme, by the known client that owns it: a URI is accepted when it starts with one of these, its
    /// scheme in any case. A value ends in <c>://</c>, or names a host and path as far as they are known. Default: <c>claude://</c>,
    /// <c>cursor://</c>, <c>vscode://</c>, <c>vscode-insiders://</c>, <c>vscodium://</c>, <c>code-oss://</c>, <c>windsurf://</c>,
    /// <c>kiro://</c>, <c>zed://</c>, <c>raycast://</c>, <c>com.raycast:/</c>, <c>warp://</c>; values in configuration are added to them.
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
    /// Whether what a client registers stands, authenticated, in its client id (RFC 7591 appendix A.5.2), where it fits into 255
    /// characters and has no keys: nothing is stored until a person signs in with it, and it is known for ever. Ids that were handed out
    /// stay good when it is turned off. Default: <see langword="true"/>.
    /// </summary>
    public bool Stateless { get; set; } = true;

    /// <summary>
    /// What stateless ids, their secrets and their management tokens are derived from, each at least 32 random characters: the first makes
    /// new ones, the others are still accepted. Required with <c>McpOidc:SecretCertificate</c>. Default: <c>McpOidc:Secret</c> and
    /// <c>McpOidc:PreviousSecrets</c>; in Development without them a key in a file beside the store.
    /// </summary>
    public IList<string> Keys { get; } = [];

    /// <summary>Keys that were given up and did not leak: stateless ids made with one are good where somebody has signed in with them.
    /// Default: none.</summary>
    public IList<string> RetiredKeys { get; } = [];

    /// <summary>Stateless ids from before this time are refused. Default: none.</summary>
    public DateTimeOffset? NotBefore { get; set; }

    /// <summary>Client ids that are refused: as they are sent, or as log and pages name them. Default: none.</summary>
    public IList<string> Blocked { get; } = [];

    /// <summary>Whether stateless ids are good with which no person has signed in yet. Ids can be made in stock, so turn it off while
    /// somebody uses such a stock. Default: <see langword="true"/>.</summary>
    public bool AcceptUnused { get; set; } = true;

    /// <summary>
    /// Clients that do not ask the person again when a tool needs a scope that they lack, by the <c>client_name</c> that they register, or
    /// by <c>client_id</c>: they are given all scopes of the resource at their first sign-in, if the person allows it. Which clients those
    /// are stands in <c>docs/clients.md</c>. Default: <c>MCP CLI Proxy</c>, which is mcp-remote; values in configuration are added to it.
    /// </summary>
    public IList<string> AskForAllScopesAtOnce { get; } = ["MCP CLI Proxy"];

    /// <summary>How long a stored registration is kept with which nobody has ever signed in. Default: 7 days.</summary>
    public TimeSpan UnusedLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a stored registration, and the record that a stateless one was used, is kept after the last use. Default: 90
    /// days.</summary>
    public TimeSpan IdleLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Clients that are described by a document at their <c>client_id</c>.</summary>
    public ClientIdMetadataDocumentOptions ClientIdMetadataDocuments { get; } = new();
}
