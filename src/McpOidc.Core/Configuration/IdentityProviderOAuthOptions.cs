namespace McpOidc.Configuration;

/// <summary>
/// An OAuth 2.0 provider without OpenID Connect, such as GitHub: it has no discovery and no id_token, and its user endpoint identifies the
/// user. Section <c>McpOidc:IdentityProvider:OAuth</c>. Default: not set, which means OpenID Connect.
/// </summary>
public sealed class IdentityProviderOAuthOptions
{
    /// <summary>The authorization endpoint (RFC 6749 §3.1). Required if any of these settings is set.</summary>
    public string? AuthorizationEndpoint { get; set; }

    /// <summary>The token endpoint (RFC 6749 §3.2). Required if any of these settings is set.</summary>
    public string? TokenEndpoint { get; set; }

    /// <summary>
    /// Returns, as JSON, the user to whom the access token belongs. If the provider issues no refresh tokens, it is also called to check
    /// whether the user still exists: 401 means no. Required if any of these settings is set.
    /// </summary>
    public string? UserEndpoint { get; set; }

    /// <summary>Whether <see cref="UserEndpoint"/> is called by POST, with an empty body. Dropbox:
    /// <c>https://api.dropboxapi.com/2/users/get_current_account</c>. Default: <see langword="false"/>, by GET.</summary>
    public bool PostsToUserEndpoint { get; set; }

    /// <summary>A second endpoint for data that <see cref="UserEndpoint"/> omits: either GitHub's list of e-mail addresses, from which the
    /// primary verified one is used, or an object whose members are added. If it fails, sign-in continues without it. Default:
    /// none.</summary>
    public string? EmailEndpoint { get; set; }

    /// <summary>
    /// The user's claims: claim name to member of the user endpoint's answer, for instance <c>sub</c> to <c>id</c>. A dot descends into an
    /// object, a bar separates alternatives (<c>name|login</c>), braces build a text (<c>{team_id}/{user_id}</c>). <c>sub</c> is required
    /// and must never change. <c>email_verified</c> is <see langword="true"/> only if its member is. Default: none.
    /// </summary>
    public IDictionary<string, string> Claims { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The authorization request parameter that carries the scopes, if not <c>scope</c>. Slack: <c>user_scope</c>. Default:
    /// none.</summary>
    public string? ScopeParameter { get; set; }

    /// <summary>The member of the token answer that contains the user's tokens, if they are not at the top level. Slack:
    /// <c>authed_user</c>. Default: none.</summary>
    public string? TokenMember { get; set; }

    /// <summary>Whether any of these settings is set.</summary>
    internal bool IsUsed => AuthorizationEndpoint is { Length: > 0 } || TokenEndpoint is { Length: > 0 } || UserEndpoint is { Length: > 0 };
}
