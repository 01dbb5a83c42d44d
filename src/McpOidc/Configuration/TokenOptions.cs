namespace McpOidc.Configuration;

/// <summary>Lifetimes. Section <c>McpOidc:Tokens</c>; values are .NET time spans such as <c>00:15:00</c> or <c>30.00:00:00</c>.</summary>
public sealed class TokenOptions
{
    /// <summary>The configuration section: <c>McpOidc:Tokens</c>.</summary>
    public const string Section = "McpOidc:Tokens";

    /// <summary>The lifetime of an authorization code (OAuth 2.1 §4.1.2 requires a short one). Default: 60 seconds.</summary>
    public TimeSpan AuthorizationCodeLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The lifetime of an authorization code that a user copies to a client on another computer (<see cref="PageOptions.HandOff"/>).
    /// Default: 5 minutes.
    /// </summary>
    public TimeSpan HandOffCodeLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The lifetime of a pushed authorization request until a browser brings its <c>request_uri</c> (RFC 9126 §2.2). Default: 60
    /// seconds.</summary>
    public TimeSpan PushedRequestLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The lifetime of an access token. Default: 15 minutes.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The lifetime of an id_token. Default: 15 minutes.</summary>
    public TimeSpan IdentityTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Whether every refresh returns a new id_token. OpenID Connect Core §12.2 leaves this to the server, and MCP clients do not read it;
    /// a client that wants one includes the scope <c>openid</c> in its refresh request. Default: <see langword="false"/>.
    /// </summary>
    public bool IdentityTokenOnRefresh { get; set; }

    /// <summary>The lifetime of an unused refresh token. Each use restarts it. Default: 30 days.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The maximum lifetime of a grant: after it the user must sign in again, however often the token was refreshed. Default: 365
    /// days.</summary>
    public TimeSpan RefreshTokenAbsoluteLifetime { get; set; } = TimeSpan.FromDays(365);

    /// <summary>The time limit for consent and sign-in together. Default: 10 minutes.</summary>
    public TimeSpan InteractionLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The lifetime of a browser session at this authorization server. Default: 30 days.</summary>
    public TimeSpan BrowserSessionLifetime { get; set; } = TimeSpan.FromDays(30);
}
