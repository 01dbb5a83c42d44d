namespace McpOidc.Configuration;

/// <summary>The identity provider at which people sign in. Section <c>McpOidc:IdentityProvider</c>.</summary>
public sealed class IdentityProviderOptions
{
    /// <summary>The configuration section: <c>McpOidc:IdentityProvider</c>.</summary>
    public const string Section = "McpOidc:IdentityProvider";

    /// <summary>The section of further providers, each with the settings of this one:
    /// <c>McpOidc:IdentityProvider:Providers:{name}</c>.</summary>
    public const string ProvidersSection = Section + ":Providers";

    /// <summary>
    /// What is known of the provider's ways: scopes for refresh tokens, parameters, and the issuer where all customers have the same.
    /// Default: <see cref="IdentityProviderPreset.None"/>.
    /// </summary>
    public IdentityProviderPreset Preset { get; set; }

    /// <summary>What people call the provider, on the page where they choose among several. Default: the host of
    /// <see cref="Issuer"/>.</summary>
    public string? DisplayName { get; set; }

    /// <summary>
    /// The e-mail domains of people who belong to this provider: who comes with such a <c>login_hint</c> is sent there without being asked.
    /// Of effect with several providers. Default: none.
    /// </summary>
    public IList<string> Domains { get; } = [];

    /// <summary>
    /// The tenants (their ids) whose people may sign in, where the issuer stands for many (Entra ID's <c>common</c> and
    /// <c>organizations</c>). Default:
    /// all.
    /// </summary>
    public IList<string> Tenants { get; } = [];

    /// <summary>The provider's issuer, for instance <c>https://your-tenant.auth0.com</c>. Without a scheme, <c>https://</c> is meant.
    /// Required.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>
    /// Where the discovery document is, if not below the issuer: Azure AD B2C, Oracle; an address inside of a network. It has to name
    /// <see cref="Issuer"/> all the same. Default: the issuer followed by <c>/.well-known/openid-configuration</c>.
    /// </summary>
    public string? MetadataAddress { get; set; }

    /// <summary>The client id that the provider gave this server. Required.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The client secret. Default: empty, for a provider that registered this server as a public client.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>How the secret is sent. Default: <see cref="IdentityProviderClientAuthentication.Auto"/>.</summary>
    public IdentityProviderClientAuthentication ClientAuthentication { get; set; }

    /// <summary>
    /// A private key in place of a secret: a JWK, or PEM, to which the certificate may be added where the provider knows the key by it
    /// (Entra ID). With it this server signs a JWT for each request (<c>private_key_jwt</c>). Default: none.
    /// </summary>
    public string? ClientKey { get; set; }

    /// <summary>The same in a file: PKCS #12, JWK or PEM. Of PKCS #12 the certificate is named to the provider. Read once. Default:
    /// none.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>The password of a PKCS #12 <see cref="ClientKeyFile"/>. Default: none.</summary>
    public string? ClientKeyPassword { get; set; }

    /// <summary>
    /// The team at Apple, which takes no <c>private_key_jwt</c> but a client secret that is a JWT: with it <see cref="ClientKey"/> (the
    /// <c>.p8</c> file) signs one for each request, for a minute, in the name of the team. Default: none.
    /// </summary>
    public string? TeamId { get; set; }

    /// <summary>The <c>kid</c> under which the provider knows <see cref="ClientKey"/>. Default: that of the JWK, otherwise its thumbprint
    /// (RFC 7638); none beside a certificate.</summary>
    public string? ClientKeyId { get; set; }

    /// <summary>For whom the JWT that <see cref="ClientKey"/> signs is. Default:
    /// <see cref="IdentityProviderAssertionRecipient.Auto"/>.</summary>
    public IdentityProviderAssertionRecipient ClientAssertionRecipient { get; set; }

    /// <summary>
    /// A file with a JWT in place of a secret, which the platform renews (workload identity federation: the projected token of Kubernetes,
    /// <c>AZURE_FEDERATED_TOKEN_FILE</c>). It is read for each request. Default: none.
    /// </summary>
    public string? ClientAssertionFile { get; set; }

    /// <summary>The callback registered at the provider. Default: the issuer of this server followed by <c>/oauth/callback</c>.</summary>
    public string? RedirectUri { get; set; }

    /// <summary>
    /// The scopes asked of the provider, space-separated. Add <c>offline_access</c> where the provider gives refresh tokens for it.
    /// Default: <c>openid email profile</c>.
    /// </summary>
    public string Scopes { get; set; } = DefaultScopes;

    /// <summary>
    /// Further parameters of the authorization request, for instance <c>audience</c>. Those that protect the sign-in (state, nonce, PKCE,
    /// client and redirect) cannot be overridden. Default: none.
    /// </summary>
    public IDictionary<string, string> AdditionalParameters { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Parameters of the MCP client's authorization request that are passed on to the provider: <c>login_hint</c>, <c>acr_values</c>,
    /// <c>ui_locales</c> and the like. <c>max_age</c> and <c>prompt=login</c> always are; other values of <c>prompt</c> are handled here:
    /// some providers refuse <c>prompt=consent</c>, which most MCP clients send. <c>resource</c> cannot be passed on. Default:
    /// <c>login_hint</c>; values in configuration are added to it.
    /// </summary>
    public IList<string> ForwardedParameters { get; } = ["login_hint"];

    /// <summary>
    /// Custom data kept with the user: name to claim, for instance <c>organization</c> to <c>org_id</c>. A dot descends into an object. A
    /// name with a colon, which is a section in configuration, makes one: <c>organization:id</c>. Default: none.
    /// </summary>
    public IDictionary<string, string> CustomData { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether the scopes are sent again with each refresh: Entra ID wants them for an API of the same registration. Default: as
    /// the preset says, otherwise <see langword="false"/>.</summary>
    public bool? SendScopesAtRefresh { get; set; }

    /// <summary>How the provider sends the browser back. Default: <see cref="IdentityProviderResponseMode.Query"/>.</summary>
    public IdentityProviderResponseMode ResponseMode { get; set; }

    /// <summary>Whether authorization requests are pushed to the provider (RFC 9126), so that none of their parameters is in the browser's
    /// address. Default: where its <c>require_pushed_authorization_requests</c> says so.</summary>
    public bool? PushAuthorizationRequests { get; set; }

    /// <summary>
    /// Whether who signs out everywhere, at <c>/account</c>, is signed out at the provider too (OpenID Connect RP-Initiated Logout 1.0),
    /// where its <c>end_session_endpoint</c> says that it can. The provider has to know <c>{issuer}/account</c> as the address to come back
    /// to. Default: <see langword="false"/>.
    /// </summary>
    public bool SignOutAtProvider { get; set; }

    /// <summary>Whether a nonce is sent with the authorization request and has to come back in the id_token. Some providers leave it out of
    /// theirs (LinkedIn): there PKCE alone binds the answer to the sign-in. Default: <see langword="true"/>.</summary>
    public bool SendNonce { get; set; } = true;

    /// <summary>Whether a PKCE challenge and verifier are sent (RFC 7636). LinkedIn answers a verifier with <c>invalid_client</c>. Default:
    /// <see langword="true"/>, with the preset LinkedIn <see langword="false"/>.</summary>
    public bool UsePkce { get; set; } = true;

    /// <summary>The API for which the provider's access token is (RFC 8707 <c>resource</c>; ADFS needs it). Default: none.</summary>
    public string? Resource { get; set; }

    /// <summary>A provider without OpenID Connect.</summary>
    public IdentityProviderOAuthOptions OAuth { get; } = new();

    /// <summary>
    /// Whether the userinfo endpoint is asked at every sign-in and its claims are added. It is asked in any case where the id_token lacks
    /// a name or address that the scopes ask for. Default: <see langword="false"/>.
    /// </summary>
    public bool LoadUserInfo { get; set; }

    /// <summary>Whether a provider without TLS is accepted on another host than loopback. Only for tests in a closed network. Default:
    /// <see langword="false"/>.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>How long one request to the provider may take; a minute at most. Default: 10 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether what a person has here ends when the provider says definitively that the person's refresh token is dead: the person was
    /// disabled, or took the permission back. Default: <see cref="IdentityProviderUserLiveness.Auto"/>.
    /// </summary>
    public IdentityProviderUserLiveness UserLiveness { get; set; }

    /// <summary>
    /// How long a person counts as still there before the provider is asked again, at the next refresh of a client, by refreshing the
    /// provider's tokens. Default: as the preset says (Keycloak: 5 minutes), otherwise 1 hour.
    /// </summary>
    public TimeSpan? UserCheckInterval { get; set; }

    /// <summary>
    /// How long clients are refreshed while a provider that has to be asked about the person does not answer. After it they are told to try
    /// again later; nobody is signed out. Default: 7 days.
    /// </summary>
    public TimeSpan OutageTolerance { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// Who may sign in: one of these rules has to hold. They are asked at each sign-in, at each refresh of a client and of identity
    /// assertions; who comes not to be allowed loses every grant. Default: none, and then everybody may whom the provider lets in.
    /// </summary>
    public IList<UserRule> Allow { get; } = [];

    /// <summary>Who may not sign in, whatever <see cref="Allow"/> says: none of these rules may hold. Default: none.</summary>
    public IList<UserRule> Deny { get; } = [];

    /// <summary>The path of the claim that <see cref="UserRule.Groups"/> is about (<see cref="ClaimRule.Claim"/>). Default:
    /// <c>groups</c>.</summary>
    public string GroupsClaim { get; set; } = "groups";

    /// <summary>
    /// Whether claims are read anew at each check of the person (<see cref="UserCheckInterval"/>) also where no rule asks for them, so that
    /// tools see roles as they are now. Default: <see langword="false"/>; with rules they always are.
    /// </summary>
    public bool ReadClaimsAgain { get; set; }

    /// <summary>
    /// How long what the provider said of a person counts for rules where it does not say it again at a refresh. After it the person has
    /// to sign in again. Default: 1 day.
    /// </summary>
    public TimeSpan ClaimsLifetime { get; set; } = TimeSpan.FromDays(1);

    internal const string DefaultScopes = "openid email profile";

    /// <summary>The name below <see cref="ProvidersSection"/>; empty for the provider of <see cref="Section"/> itself.</summary>
    internal string Name { get; set; } = "";

    /// <summary>Whether a private key proves this server.</summary>
    internal bool HasClientKey => ClientKey is { Length: > 0 } || ClientKeyFile is { Length: > 0 };

    /// <summary>Where these settings are.</summary>
    internal string Path => Name.Length == 0 ? Section : $"{ProvidersSection}:{Name}";

    /// <summary>The interval that holds.</summary>
    internal TimeSpan CheckInterval => UserCheckInterval ?? TimeSpan.FromHours(1);

    /// <summary>Whether the issuer stands for many tenants, each of which has its own in the tokens.</summary>
    internal bool IsMultiTenant =>
        Preset == IdentityProviderPreset.EntraId
        && Uri.TryCreate(Issuer, UriKind.Absolute, out var issuer)
        && issuer.Segments is [_, "common/" or "organizations/" or "consumers/", ..];

    internal bool IsGoogle => Preset == IdentityProviderPreset.Google || IsAt("accounts.google.com");

    /// <summary>Whether anybody in the world may have an account at the provider and come here with it.</summary>
    internal bool IsOpenToTheWorld =>
        IsGoogle
        || IsAt("github.com")
        || IsAt("discord.com")
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

    /// <summary>How much earlier than its end an access token of the provider is refreshed. Default: 60 seconds.</summary>
    public TimeSpan RefreshBefore { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>What it means for a person's sign-ins here that the provider ended the person's refresh token.</summary>
public enum IdentityProviderUserLiveness
{
    /// <summary>They end, where offline access was asked for (<c>offline_access</c> or Google's <c>access_type=offline</c>). Other refresh
    /// tokens end with the browser session at the provider.</summary>
    Auto,

    /// <summary>They end.</summary>
    Always,

    /// <summary>They go on, without tokens of the provider.</summary>
    Never,
}

/// <summary>How this server sends its secret to the identity provider's token endpoint (RFC 6749 §2.3.1).</summary>
public enum IdentityProviderClientAuthentication
{
    /// <summary>As the provider's <c>token_endpoint_auth_methods_supported</c> says: in the form where it lists that, otherwise in the
    /// header. One that is left out means the header (OpenID Connect Discovery §3).</summary>
    Auto,

    /// <summary><c>client_secret_post</c>: in the form.</summary>
    Post,

    /// <summary><c>client_secret_basic</c>: in the Authorization header.</summary>
    Basic,
}

/// <summary>For whom a JWT is by which this server proves itself at the identity provider (RFC 7523 §3).</summary>
public enum IdentityProviderAssertionRecipient
{
    /// <summary>The issuer; with the presets EntraId and Okta, which take nothing else, the token endpoint.</summary>
    Auto,

    /// <summary>The issuer of the provider.</summary>
    Issuer,

    /// <summary>The URL of its token endpoint.</summary>
    TokenEndpoint,
}

/// <summary>How an identity provider sends the browser back (<c>response_mode</c>).</summary>
public enum IdentityProviderResponseMode
{
    /// <summary>With a redirect, the answer in its query. The parameter is not sent.</summary>
    Query,

    /// <summary><c>form_post</c>: with a form (OAuth 2.0 Form Post Response Mode §2). Apple wants it where scopes are asked for.</summary>
    FormPost,
}
