namespace McpOidc.Configuration;

/// <summary>How clients become known: metadata documents, and Dynamic Client Registration (RFC 7591, RFC 7592). Section <c>McpOidc:Registration</c>.</summary>
public sealed class RegistrationOptions
{
    /// <summary>The configuration section: <c>McpOidc:Registration</c>.</summary>
    public const string Section = "McpOidc:Registration";

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
