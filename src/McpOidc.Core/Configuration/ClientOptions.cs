namespace McpOidc.Configuration;

/// <summary>
/// A pre-registered client, in addition to those that register themselves. Section <c>McpOidc:Clients:{n}</c>. Only pre-registered clients
/// can use anything beyond user sign-in.
/// </summary>
public sealed class ClientOptions
{
    /// <summary>The <c>client_id</c>, in visible ASCII characters. Required.</summary>
    public string Id { get; set; } = "";

    /// <summary>The display name on the consent page. Default: the <see cref="Id"/>.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// SHA-256 of the client secret, as 64 hexadecimal digits (<c>printf %s "$SECRET" | sha256sum</c>). The secret must be random and have
    /// at least 32 characters, because the hash is not stretched. Default: none.
    /// </summary>
    public string? SecretHash { get; set; }

    /// <summary>The client's public keys for <c>private_key_jwt</c>, as a JSON Web Key Set. Default: none.</summary>
    public string? Jwks { get; set; }

    /// <summary>
    /// The grant types that the client may use: <c>authorization_code</c>, <c>refresh_token</c>, <c>client_credentials</c>,
    /// <c>urn:ietf:params:oauth:grant-type:device_code</c> (with <c>McpOidc:DeviceAuthorization:Enabled</c>),
    /// <c>urn:ietf:params:oauth:grant-type:jwt-bearer</c>, <c>urn:ietf:params:oauth:grant-type:token-exchange</c>. Default: none.
    /// </summary>
    public IList<string> GrantTypes { get; } = [];

    /// <summary>The redirect URIs; required for <c>authorization_code</c>. Default: none.</summary>
    public IList<string> RedirectUris { get; } = [];

    /// <summary>The URIs that users may be redirected to after sign-out (OpenID Connect RP-Initiated Logout §3). Default: none.</summary>
    public IList<string> PostLogoutRedirectUris { get; } = [];

    /// <summary>
    /// The signing algorithm of the client's id_tokens (OpenID Connect Registration §2): <c>RS256</c>, or the algorithm of access tokens
    /// (<c>McpOidc:Keys:Algorithm</c>). Default: RS256; with <c>McpOidc:Keys:Jwks</c>, only if it contains such a key.
    /// </summary>
    public string? IdTokenSignedResponseAlg { get; set; }

    /// <summary>Whether each token request of the client must have a DPoP proof (RFC 9449 §5.2), so that its tokens cannot be used without
    /// its key. Default: <see langword="false"/>.</summary>
    public bool DPoPBoundAccessTokens { get; set; }

    /// <summary>Whether the client must push its authorization requests (RFC 9126 §6). Default: <see langword="false"/>.</summary>
    public bool RequirePushedAuthorizationRequests { get; set; }

    /// <summary>The scopes that the client may request by <c>client_credentials</c> or with an identity assertion. Default:
    /// none.</summary>
    public IList<string> Scopes { get; } = [];

    /// <summary>
    /// The subset of <see cref="Scopes"/> granted when the client requests no scope, or only scopes about a user, which some SDKs add by
    /// themselves. Default: none, which means all of <see cref="Scopes"/>.
    /// </summary>
    public IList<string> DefaultScopes { get; } = [];

    /// <summary>
    /// The resources for which the client may get tokens by <c>client_credentials</c> or with an identity assertion, each listed in
    /// <c>McpOidc:Resources</c>. Default: none, which means the only configured resource.
    /// </summary>
    public IList<string> Resources { get; } = [];

    /// <summary>
    /// The resource that this client serves, listed in <c>McpOidc:Resources</c>: the client may introspect tokens for it and, with the
    /// token exchange grant type, exchange them. Default: none.
    /// </summary>
    public string? ResourceServer { get; set; }
}
