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
    /// Redirect URIs with a private scheme, by the known client that owns it: a URI is accepted when it starts with one of these.
    /// A value ends in <c>://</c>, or names a host and path as far as they are known. Default: <c>cursor://</c>, <c>vscode://</c>,
    /// <c>vscode-insiders://</c>, <c>windsurf://</c>; values in configuration are added to them.
    /// </summary>
    public IList<string> PrivateSchemes { get; } = ["cursor://", "vscode://", "vscode-insiders://", "windsurf://"];

    /// <summary>How long a registration is kept with which nobody has ever signed in. Default: 7 days.</summary>
    public TimeSpan UnusedLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a registration is kept after its last use. Default: 90 days.</summary>
    public TimeSpan IdleLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Clients that are described by a document at their <c>client_id</c>.</summary>
    public ClientIdMetadataDocumentOptions ClientIdMetadataDocuments { get; } = new();
}
