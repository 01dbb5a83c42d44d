namespace McpOidc.Configuration;

/// <summary>The identity provider where users sign in. Section <c>McpOidc:IdentityProvider</c>.</summary>
public sealed class IdentityProviderOptions
{
    /// <summary>The configuration section: <c>McpOidc:IdentityProvider</c>.</summary>
    public const string Section = "McpOidc:IdentityProvider";

    /// <summary>The section of additional providers, each with the same settings:
    /// <c>McpOidc:IdentityProvider:Providers:{name}</c>.</summary>
    public const string ProvidersSection = Section + ":Providers";

    /// <summary>
    /// Built-in knowledge about the provider: scopes for refresh tokens, parameters, and the issuer if all customers share one. Default:
    /// <see cref="IdentityProviderPreset.None"/>.
    /// </summary>
    public IdentityProviderPreset Preset { get; set; }

    /// <summary>The provider's display name, shown where users choose between several providers. Default: the host of
    /// <see cref="Issuer"/>.</summary>
    public string? DisplayName { get; set; }

    /// <summary>
    /// The e-mail domains of this provider's users. A <c>login_hint</c> in one of them selects this provider without showing the choice.
    /// Has an effect only with several providers. Default: none.
    /// </summary>
    public IList<string> Domains { get; } = [];

    /// <summary>
    /// The ids of the tenants whose users may sign in, if the issuer covers many tenants (Entra ID's <c>common</c> and
    /// <c>organizations</c>). Default: all.
    /// </summary>
    public IList<string> Tenants { get; } = [];

    /// <summary>The provider's issuer, for instance <c>https://your-tenant.auth0.com</c>. Without a scheme, <c>https://</c> is assumed.
    /// Required.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>
    /// The URL of the discovery document if it is not below the issuer: Azure AD B2C, Oracle, or an address inside a network. The document
    /// must still name <see cref="Issuer"/>. Default: the issuer followed by <c>/.well-known/openid-configuration</c>.
    /// </summary>
    public string? MetadataAddress { get; set; }

    /// <summary>The client id of this server at the provider. Required.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The client secret. Default: empty, for a provider where this server is a public client.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>How the secret is sent. Default: <see cref="IdentityProviderClientAuthentication.Auto"/>.</summary>
    public IdentityProviderClientAuthentication ClientAuthentication { get; set; }

    /// <summary>
    /// A private key instead of a secret: a JWK, or PEM, with the certificate appended if the provider identifies the key by it (Entra
    /// ID). This server signs a JWT with it for each request (<c>private_key_jwt</c>). Default: none.
    /// </summary>
    public string? ClientKey { get; set; }

    /// <summary>A file with the private key: PKCS #12, JWK or PEM. The certificate of a PKCS #12 file is sent to the provider. The file is
    /// read once. Default: none.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>The password of a PKCS #12 <see cref="ClientKeyFile"/>. Default: none.</summary>
    public string? ClientKeyPassword { get; set; }

    /// <summary>
    /// The Apple team id. Apple does not accept <c>private_key_jwt</c> but a client secret that is a JWT: for each request,
    /// <see cref="ClientKey"/> (the <c>.p8</c> file) signs one on behalf of the team, valid for one minute. Default: none.
    /// </summary>
    public string? TeamId { get; set; }

    /// <summary>The <c>kid</c> by which the provider knows <see cref="ClientKey"/>. Default: the <c>kid</c> of the JWK, otherwise its
    /// thumbprint (RFC 7638); none if there is a certificate.</summary>
    public string? ClientKeyId { get; set; }

    /// <summary>The audience of the JWT that <see cref="ClientKey"/> signs. Default:
    /// <see cref="IdentityProviderAssertionRecipient.Auto"/>.</summary>
    public IdentityProviderAssertionRecipient ClientAssertionRecipient { get; set; }

    /// <summary>
    /// A file with a JWT instead of a secret, which the platform renews (workload identity federation: the projected token of Kubernetes,
    /// <c>AZURE_FEDERATED_TOKEN_FILE</c>). It is read for each request. Default: none.
    /// </summary>
    public string? ClientAssertionFile { get; set; }

    /// <summary>The callback registered at the provider. Default: the issuer of this server followed by <c>/oauth/callback</c>.</summary>
    public string? RedirectUri { get; set; }

    /// <summary>
    /// The scopes requested from the provider, space-separated. Add <c>offline_access</c> if the provider requires it for refresh tokens.
    /// Default: <c>openid email profile</c>.
    /// </summary>
    public string Scopes { get; set; } = DefaultScopes;

    /// <summary>
    /// Additional parameters of the authorization request, for instance <c>audience</c>. Parameters that protect the sign-in (state,
    /// nonce, PKCE, client and redirect URI) cannot be overridden. Default: none.
    /// </summary>
    public IDictionary<string, string> AdditionalParameters { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// The parameters of the MCP client's authorization request that are passed on to the provider: <c>login_hint</c>, <c>acr_values</c>,
    /// <c>ui_locales</c> and the like. <c>max_age</c> and <c>prompt=login</c> are always passed on. Other values of <c>prompt</c> are
    /// handled here, because some providers reject <c>prompt=consent</c>, which most MCP clients send. <c>resource</c> cannot be passed
    /// on. Default: <c>login_hint</c>; configured values are added to it.
    /// </summary>
    public IList<string> ForwardedParameters { get; } = ["login_hint"];

    /// <summary>
    /// Custom data stored with the user: name to claim, for instance <c>organization</c> to <c>org_id</c>. A dot descends into an object.
    /// A name with a colon, which is a section in configuration, creates an object: <c>organization:id</c>. Default: none.
    /// </summary>
    public IDictionary<string, string> CustomData { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether each refresh sends the scopes again. Entra ID requires it for an API of the same registration. Default: as the
    /// preset says, otherwise <see langword="false"/>.</summary>
    public bool? SendScopesAtRefresh { get; set; }

    /// <summary>How the provider sends the browser back. Default: <see cref="IdentityProviderResponseMode.Query"/>.</summary>
    public IdentityProviderResponseMode ResponseMode { get; set; }

    /// <summary>Whether authorization requests are pushed to the provider (RFC 9126), which keeps their parameters out of the browser's
    /// address bar. Default: <see langword="true"/> if the provider's <c>require_pushed_authorization_requests</c> is.</summary>
    public bool? PushAuthorizationRequests { get; set; }

    /// <summary>
    /// Whether a user who signs out everywhere at <c>/account</c> is also signed out at the provider (OpenID Connect RP-Initiated Logout
    /// 1.0). Requires that the provider has an <c>end_session_endpoint</c> and accepts <c>{issuer}/account</c> as post-logout redirect
    /// URI. Default: <see langword="false"/>.
    /// </summary>
    public bool SignOutAtProvider { get; set; }

    /// <summary>Whether the authorization request has a nonce, which the id_token must repeat. Some providers omit it (LinkedIn); then
    /// only PKCE binds the answer to the sign-in. Default: <see langword="true"/>.</summary>
    public bool SendNonce { get; set; } = true;

    /// <summary>Whether to use PKCE (RFC 7636). LinkedIn answers a verifier with <c>invalid_client</c>. Default: <see langword="true"/>,
    /// with the preset LinkedIn <see langword="false"/>.</summary>
    public bool UsePkce { get; set; } = true;

    /// <summary>The API that the provider's access tokens are for (RFC 8707 <c>resource</c>; ADFS requires it). Default: none.</summary>
    public string? Resource { get; set; }

    /// <summary>The settings of a provider without OpenID Connect.</summary>
    public IdentityProviderOAuthOptions OAuth { get; } = new();

    /// <summary>
    /// Whether each sign-in calls the userinfo endpoint and adds its claims. The endpoint is called in any case if the id_token lacks a
    /// name or e-mail address that the scopes request. Default: <see langword="false"/>.
    /// </summary>
    public bool LoadUserInfo { get; set; }

    /// <summary>Whether to accept a provider without TLS on a host other than loopback. Only for tests in a closed network. Default:
    /// <see langword="false"/>.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>The time-out of one request to the provider, at most one minute. Default: 10 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether a user's grants end when the provider reports that the user's refresh token is permanently invalid, because the user was
    /// disabled or withdrew consent. Default: <see cref="IdentityProviderUserLiveness.Auto"/>.
    /// </summary>
    public IdentityProviderUserLiveness UserLiveness { get; set; }

    /// <summary>
    /// How long a check of the user at the provider remains valid. After that, the next refresh by a client checks the user again, by
    /// refreshing the provider's tokens. Default: as the preset says (Keycloak: 5 minutes), otherwise 1 hour.
    /// </summary>
    public TimeSpan? UserCheckInterval { get; set; }

    /// <summary>
    /// How long clients can refresh while the provider that must check the user does not respond. After that they are told to retry later;
    /// no user is signed out. Default: 7 days.
    /// </summary>
    public TimeSpan OutageTolerance { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// Who may sign in: at least one of these rules must match. Rules are evaluated at each sign-in, at each refresh by a client and for
    /// identity assertions. A user who is no longer allowed loses all grants. Default: none, which allows every user of the provider.
    /// </summary>
    public IList<UserRule> Allow { get; } = [];

    /// <summary>Who may not sign in, even if <see cref="Allow"/> matches: none of these rules may match. Default: none.</summary>
    public IList<UserRule> Deny { get; } = [];

    /// <summary>The path of the claim that <see cref="UserRule.Groups"/> is compared with (<see cref="ClaimRule.Claim"/>). Default:
    /// <c>groups</c>.</summary>
    public string GroupsClaim { get; set; } = "groups";

    /// <summary>
    /// Whether each check of the user (<see cref="UserCheckInterval"/>) also reads the claims again if no rule needs them, so that tools
    /// see current roles. Default: <see langword="false"/>; with rules, claims are always read again.
    /// </summary>
    public bool ReadClaimsAgain { get; set; }

    /// <summary>
    /// How long claims remain valid for rules if the provider does not repeat them at a refresh. After that the user must sign in again.
    /// Default: 1 day.
    /// </summary>
    public TimeSpan ClaimsLifetime { get; set; } = TimeSpan.FromDays(1);

    private static readonly string[] s_ofTheWorld = ["github.com", "gitlab.com", "discord.com", "appleid.apple.com", "www.linkedin.com"];

    internal const string DefaultScopes = "openid email profile";

    /// <summary>The name below <see cref="ProvidersSection"/>; empty for the provider of <see cref="Section"/> itself.</summary>
    internal string Name { get; set; } = "";

    /// <summary>Whether this server authenticates with a private key.</summary>
    internal bool HasClientKey => ClientKey is { Length: > 0 } || ClientKeyFile is { Length: > 0 };

    /// <summary>The configuration section of these settings.</summary>
    internal string Path => Name.Length == 0 ? Section : $"{ProvidersSection}:{Name}";

    /// <summary>The effective interval.</summary>
    internal TimeSpan CheckInterval => UserCheckInterval ?? TimeSpan.FromHours(1);

    /// <summary>Whether the issuer covers many tenants, each of which has its own issuer in tokens.</summary>
    internal bool IsMultiTenant =>
        Preset == IdentityProviderPreset.EntraId
        && Uri.TryCreate(Issuer, UriKind.Absolute, out var issuer)
        && issuer.Segments is [_, "common/" or "organizations/" or "consumers/", ..];

    internal bool IsGoogle => Preset == IdentityProviderPreset.Google || IsAt("accounts.google.com");

    /// <summary>Whether anyone on the Internet can have an account at the provider and use it here.</summary>
    internal bool IsOpenToTheWorld =>
        IsGoogle
        || s_ofTheWorld.Any(IsAt)
        || (
            (IsMultiTenant || IsAt("login.microsoftonline.com"))
            && Tenants.Count == 0
            && Uri.TryCreate(Issuer, UriKind.Absolute, out var issuer)
            && issuer.Segments is [_, "common/" or "organizations/" or "consumers/", ..]
        );

    private bool IsAt(string host) => Uri.TryCreate(Issuer, UriKind.Absolute, out var issuer) && issuer.Host == host;

    internal bool EndsSessionsWithProvider =>
        UserLiveness == IdentityProviderUserLiveness.Always
        || (
            UserLiveness == IdentityProviderUserLiveness.Auto
            && (
                OAuth.IsUsed
                || Scopes.Split(' ').Contains("offline_access")
                || (AdditionalParameters.TryGetValue("access_type", out var access) && access == "offline")
            )
        );

    /// <summary>How long before its expiry an access token of the provider is refreshed. Default: 60 seconds.</summary>
    public TimeSpan RefreshBefore { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>What happens to a user's grants when the provider has ended the user's refresh token.</summary>
public enum IdentityProviderUserLiveness
{
    /// <summary>They end if offline access was requested (<c>offline_access</c> or Google's <c>access_type=offline</c>). Other refresh
    /// tokens end with the browser session at the provider.</summary>
    Auto,

    /// <summary>They end.</summary>
    Always,

    /// <summary>They continue, without tokens of the provider.</summary>
    Never,
}

/// <summary>How this server sends its secret to the identity provider's token endpoint (RFC 6749 §2.3.1).</summary>
public enum IdentityProviderClientAuthentication
{
    /// <summary>According to the provider's <c>token_endpoint_auth_methods_supported</c>: in the form if listed, otherwise in the header.
    /// If the provider does not publish the list, the header is used (OpenID Connect Discovery §3).</summary>
    Auto,

    /// <summary><c>client_secret_post</c>: in the form.</summary>
    Post,

    /// <summary><c>client_secret_basic</c>: in the Authorization header.</summary>
    Basic,
}

/// <summary>The audience of the JWT with which this server authenticates to the identity provider (RFC 7523 §3).</summary>
public enum IdentityProviderAssertionRecipient
{
    /// <summary>The issuer; with the presets EntraId and Okta, which accept nothing else, the token endpoint.</summary>
    Auto,

    /// <summary>The provider's issuer.</summary>
    Issuer,

    /// <summary>The URL of its token endpoint.</summary>
    TokenEndpoint,
}

/// <summary>How an identity provider returns its answer through the browser (<c>response_mode</c>).</summary>
public enum IdentityProviderResponseMode
{
    /// <summary>By a redirect, with the answer in the query. The parameter is not sent.</summary>
    Query,

    /// <summary><c>form_post</c>: by a form (OAuth 2.0 Form Post Response Mode §2). Apple requires it if scopes are requested.</summary>
    FormPost,
}
