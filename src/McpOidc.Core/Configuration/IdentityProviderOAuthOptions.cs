namespace McpOidc.Configuration;

/// <summary>
/// A provider with OAuth 2.0 and without OpenID Connect, as GitHub: nothing is discovered, there is no id_token, and who the person is its
/// user endpoint says. Section <c>McpOidc:IdentityProvider:OAuth</c>. Default: none of it, and the provider speaks OpenID Connect.
/// </summary>
public sealed class IdentityProviderOAuthOptions
{
    /// <summary>Where the browser is sent (RFC 6749 §3.1). Required where one of these settings is set.</summary>
    public string? AuthorizationEndpoint { get; set; }

    /// <summary>Where codes and refresh tokens are redeemed (RFC 6749 §3.2). Required where one of these settings is set.</summary>
    public string? TokenEndpoint { get; set; }

    /// <summary>
    /// Says in JSON whose the access token is. It is also asked whether the person is still there, where the provider gives no refresh
    /// token: 401 means no. Required where one of these settings is set.
    /// </summary>
    public string? UserEndpoint { get; set; }

    /// <summary>A second call for what <see cref="UserEndpoint"/> leaves out: GitHub's list of addresses, of which the primary verified one
    /// is taken; or an object, whose members are added. A sign-in does without where it fails. Default: none.</summary>
    public string? EmailEndpoint { get; set; }

    /// <summary>
    /// The claims of a person: name to member of what the user endpoint says, for instance <c>sub</c> to <c>id</c>. A dot descends, a bar
    /// stands between alternatives (<c>name|login</c>), braces make a text (<c>{team_id}/{user_id}</c>). <c>sub</c> is required, and has to
    /// be what never changes. <c>email_verified</c> is <see langword="true"/> only where the member named for it is. Default: none.
    /// </summary>
    public IDictionary<string, string> Claims { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The parameter that carries the scopes in the authorization request, if not <c>scope</c>. Slack: <c>user_scope</c>. Default:
    /// none.</summary>
    public string? ScopeParameter { get; set; }

    /// <summary>The member of the token answer that holds the person's tokens, if they are not at its top. Slack: <c>authed_user</c>.
    /// Default: none.</summary>
    public string? TokenMember { get; set; }

    /// <summary>Whether the provider is one of these.</summary>
    internal bool IsUsed => AuthorizationEndpoint is { Length: > 0 } || TokenEndpoint is { Length: > 0 } || UserEndpoint is { Length: > 0 };
}
