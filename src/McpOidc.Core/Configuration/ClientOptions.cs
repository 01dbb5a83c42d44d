namespace McpOidc.Configuration;

/// <summary>
/// A client that the operator registered, beside those that register themselves. Section <c>McpOidc:Clients:{n}</c>. What goes beyond
/// signing people in is for such clients only.
/// </summary>
public sealed class ClientOptions
{
    /// <summary>The <c>client_id</c>, visible ASCII. Required.</summary>
    public string Id { get; set; } = "";

    /// <summary>What people call it; shown on the consent page. Default: the <see cref="Id"/>.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// SHA-256 of the client secret, as 64 hexadecimal digits (<c>printf %s "$SECRET" | sha256sum</c>). The secret has to be random, at
    /// least 32 characters of it: it is not stretched. Default: none.
    /// </summary>
    public string? SecretHash { get; set; }

    /// <summary>The public keys with which the client proves itself (<c>private_key_jwt</c>), as a JSON Web Key Set. Default:
    /// none.</summary>
    public string? Jwks { get; set; }

    /// <summary>
    /// What the client may ask the token endpoint for: <c>authorization_code</c>, <c>refresh_token</c>, <c>client_credentials</c>,
    /// <c>urn:ietf:params:oauth:grant-type:jwt-bearer</c>, <c>urn:ietf:params:oauth:grant-type:token-exchange</c>. Default: none.
    /// </summary>
    public IList<string> GrantTypes { get; } = [];

    /// <summary>Where people are sent back to; needed for <c>authorization_code</c>. Default: none.</summary>
    public IList<string> RedirectUris { get; } = [];

    /// <summary>Where people may be sent after they have signed out (OpenID Connect RP-Initiated Logout §3). Default: none.</summary>
    public IList<string> PostLogoutRedirectUris { get; } = [];

    /// <summary>
    /// By which algorithm the client's id_tokens are signed (OpenID Connect Registration §2): <c>RS256</c>, or that of access tokens
    /// (<c>McpOidc:Keys:Algorithm</c>). Default: RS256; with <c>McpOidc:Keys:Jwks</c> only where a key in it is for that.
    /// </summary>
    public string? IdTokenSignedResponseAlg { get; set; }

    /// <summary>Whether every token request of the client has to have a DPoP proof (RFC 9449 §5.2), so that no token of it is good without
    /// its key. Default: <see langword="false"/>.</summary>
    public bool DPoPBoundAccessTokens { get; set; }

    /// <summary>Whether every authorization request of the client has to be pushed (RFC 9126 §6). Default:
    /// <see langword="false"/>.</summary>
    public bool RequirePushedAuthorizationRequests { get; set; }

    /// <summary>The scopes that the client may have of its own (<c>client_credentials</c>) or by an identity assertion. Default:
    /// none.</summary>
    public IList<string> Scopes { get; } = [];

    /// <summary>
    /// Those of <see cref="Scopes"/> that it gets when it asks for none, or only for what is about a person, as SDKs do by themselves.
    /// Default: none, which stands for all of <see cref="Scopes"/>.
    /// </summary>
    public IList<string> DefaultScopes { get; } = [];

    /// <summary>
    /// The resources for which it may have tokens of its own or by an identity assertion, each one of <c>McpOidc:Resources</c>. Default:
    /// none, which stands for the only configured one.
    /// </summary>
    public IList<string> Resources { get; } = [];

    /// <summary>
    /// The resource whose MCP server this client is, one of <c>McpOidc:Resources</c>: it may introspect tokens for it, and exchange them
    /// with the grant type for that. Default: none.
    /// </summary>
    public string? ResourceServer { get; set; }
}
