namespace McpOidc.Configuration;

/// <summary>How long things live. Section <c>McpOidc:Tokens</c>; lifetimes are .NET time spans such as <c>00:15:00</c> or
/// <c>30.00:00:00</c>.</summary>
public sealed class TokenOptions
{
    /// <summary>The configuration section: <c>McpOidc:Tokens</c>.</summary>
    public const string Section = "McpOidc:Tokens";

    /// <summary>How long an authorization code may be redeemed (OAuth 2.1 §4.1.2 asks for a short time). Default: 60 seconds.</summary>
    public TimeSpan AuthorizationCodeLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long an authorization code may be redeemed that a person copies by hand to a client on another computer
    /// (<see cref="PageOptions.HandOff"/>).
    /// Default: 5 minutes.
    /// </summary>
    public TimeSpan HandOffCodeLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a pushed authorization request waits for the browser that brings its <c>request_uri</c> (RFC 9126 §2.2). Default:
    /// 60 seconds.</summary>
    public TimeSpan PushedRequestLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Default: 15 minutes.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Default: 15 minutes.</summary>
    public TimeSpan IdentityTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Whether every refresh brings a new id_token. OpenID Connect Core §12.2 leaves that to the server, and MCP clients read none; one
    /// that wants it asks by the scope <c>openid</c> in its refresh request. Default: <see langword="false"/>.
    /// </summary>
    public bool IdentityTokenOnRefresh { get; set; }

    /// <summary>How long a refresh token may stay unused. Each use starts it anew. Default: 30 days.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>After this long the person has to sign in again, however often the token was refreshed. Default: 365 days.</summary>
    public TimeSpan RefreshTokenAbsoluteLifetime { get; set; } = TimeSpan.FromDays(365);

    /// <summary>How long a person may take over consent and sign-in together. Default: 10 minutes.</summary>
    public TimeSpan InteractionLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a browser stays signed in at this authorization server. Default: 30 days.</summary>
    public TimeSpan BrowserSessionLifetime { get; set; } = TimeSpan.FromDays(30);
}
