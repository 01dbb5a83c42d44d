namespace McpOidc.Configuration;

/// <summary>Completes settings with built-in knowledge about a provider. The operator's values are kept.</summary>
internal static class IdentityProviderPresets
{
    private const string OfflineAccess = "offline_access";

    public static void Apply(IdentityProviderOptions options)
    {
        if (options.Preset != IdentityProviderPreset.None)
        {
            Of(options).ApplyTo(options);
        }

        // Without OpenID Connect the issuer is only a name chosen in the settings.
        if (string.IsNullOrEmpty(options.Issuer) && Uri.TryCreate(options.OAuth.AuthorizationEndpoint, UriKind.Absolute, out var endpoint))
        {
            options.Issuer = endpoint.GetLeftPart(UriPartial.Authority);
        }
    }

    private static Preset Of(IdentityProviderOptions options) =>
        options.Preset switch
        {
            IdentityProviderPreset.EntraId => new()
            {
                Issuer = "https://login.microsoftonline.com/organizations/v2.0",
                AddedScopes = OfflineAccess,
                // Without them, a refresh for an API of the same registration fails with AADSTS90009.
                SendScopesAtRefresh = true,
            },
            IdentityProviderPreset.Google => new()
            {
                Issuer = "https://accounts.google.com",
                // Google rejects unknown scopes, including offline_access.
                RemovedScopes = OfflineAccess,
                Parameters = new() { ["access_type"] = "offline" },
            },
            IdentityProviderPreset.Keycloak => new()
            {
                AddedScopes = OfflineAccess,
                // If there is no browser session, a sign-out by an administrator ends none and sends no logout token.
                UserCheckInterval = TimeSpan.FromMinutes(5),
            },
            IdentityProviderPreset.EntraExternalId => new() { AddedScopes = OfflineAccess, SendScopesAtRefresh = true },
            IdentityProviderPreset.AzureAdB2C => new()
            {
                // Without an API scope there is no access token; the client id serves as one.
                AddedScopes = NamesApi(options) ? OfflineAccess : $"{OfflineAccess} {options.ClientId}",
                SendScopesAtRefresh = true,
            },
            // They always issue refresh tokens, and some reject unknown scopes.
            IdentityProviderPreset.Cognito or IdentityProviderPreset.PocketId => s_unasked,
            IdentityProviderPreset.GitLab => s_unasked with { Issuer = "https://gitlab.com" },
            IdentityProviderPreset.Ping or IdentityProviderPreset.OneLogin => s_unasked,
            // The id_token has claims only with allatclaims; each scope must be permitted for the client.
            IdentityProviderPreset.Adfs => s_unasked with { Scopes = "openid allatclaims" },
            IdentityProviderPreset.Apple => s_unasked with
            {
                Issuer = "https://appleid.apple.com",
                Scopes = "openid email name",
                // Its only response mode if scopes are requested.
                ResponseMode = IdentityProviderResponseMode.FormPost,
                Authentication = IdentityProviderClientAuthentication.Post,
                // It should be called at most once a day.
                UserCheckInterval = TimeSpan.FromDays(1),
            },
            IdentityProviderPreset.Salesforce => s_unasked with { Issuer = "https://login.salesforce.com", AddedScopes = "refresh_token" },
            IdentityProviderPreset.LinkedIn => new()
            {
                Issuer = "https://www.linkedin.com/oauth",
                RemovedScopes = OfflineAccess,
                Authentication = IdentityProviderClientAuthentication.Post,
                SendsNonce = false,
                // It answers a verifier with invalid_client (hanko#2405, next-auth#8831).
                UsesPkce = false,
            },
            IdentityProviderPreset.Logto => new()
            {
                AddedScopes = OfflineAccess,
                Parameters = new() { ["prompt"] = "consent" },
            },
            IdentityProviderPreset.GitHub => GitHub(options.Issuer),
            IdentityProviderPreset.Discord => s_discord,
            IdentityProviderPreset.Slack => s_slack,
            _ => new() { AddedScopes = OfflineAccess },
        };

    private static readonly Preset s_unasked = new() { RemovedScopes = OfflineAccess, Liveness = IdentityProviderUserLiveness.Always };

    private static bool NamesApi(IdentityProviderOptions options) =>
        options.Scopes.Split(' ').Except(["openid", "email", "profile", OfflineAccess, ""]).Any();

    // https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps; GitHub Enterprise has another API URL:
    // https://docs.github.com/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
    private static Preset GitHub(string issuer)
    {
        var site = string.IsNullOrEmpty(issuer) ? "https://github.com" : issuer.TrimEnd('/');
        var api =
            site == "https://github.com" ? "https://api.github.com"
            : site.EndsWith(".ghe.com", StringComparison.Ordinal) ? site.Replace("://", "://api.", StringComparison.Ordinal)
            : site + "/api/v3";
        return new Preset
        {
            Issuer = site,
            Scopes = "read:user user:email",
            Authentication = IdentityProviderClientAuthentication.Post,
            AuthorizationEndpoint = site + "/login/oauth/authorize",
            TokenEndpoint = site + "/login/oauth/access_token",
            UserEndpoint = api + "/user",
            // The address in the profile is the public one, and may be unverified.
            EmailEndpoint = api + "/user/emails",
            Claims = new()
            {
                // The id stays the same when a user is renamed.
                ["sub"] = "id",
                ["name"] = "name|login",
                ["preferred_username"] = "login",
                ["picture"] = "avatar_url",
            },
        };
    }

    // https://discord.com/developers/docs/topics/oauth2, …/resources/user#user-object
    private static readonly Preset s_discord = new()
    {
        Issuer = "https://discord.com",
        Scopes = "identify email",
        Authentication = IdentityProviderClientAuthentication.Post,
        AuthorizationEndpoint = "https://discord.com/oauth2/authorize",
        TokenEndpoint = "https://discord.com/api/oauth2/token",
        UserEndpoint = "https://discord.com/api/users/@me",
        Claims = new()
        {
            ["sub"] = "id",
            ["name"] = "global_name|username",
            ["preferred_username"] = "username",
            ["email"] = "email",
            ["email_verified"] = "verified",
            ["picture"] = "https://cdn.discordapp.com/avatars/{id}/{avatar}.png",
        },
    };

    // https://docs.slack.dev/authentication/installing-with-oauth, …/reference/methods/auth.test, …/users.profile.get
    private static readonly Preset s_slack = new()
    {
        Issuer = "https://slack.com",
        Scopes = "users.profile:read users:read users:read.email",
        Authentication = IdentityProviderClientAuthentication.Post,
        AuthorizationEndpoint = "https://slack.com/oauth/v2/authorize",
        TokenEndpoint = "https://slack.com/api/oauth.v2.access",
        UserEndpoint = "https://slack.com/api/auth.test",
        EmailEndpoint = "https://slack.com/api/users.profile.get",
        ScopeParameter = "user_scope",
        TokenMember = "authed_user",
        Claims = new()
        {
            // A user id is unique only within a workspace.
            ["sub"] = "{team_id}/{user_id}",
            ["name"] = "profile.real_name|user",
            ["preferred_username"] = "user",
            ["email"] = "profile.email",
            ["picture"] = "profile.image_512",
        },
    };

    /// <summary>The settings of a preset. The operator's values take precedence.</summary>
    private sealed record Preset
    {
        public string? Issuer { get; init; }

        /// <summary>Replaces the default scopes of OpenID Connect.</summary>
        public string? Scopes { get; init; }
        public string? AddedScopes { get; init; }
        public string? RemovedScopes { get; init; }
        public Dictionary<string, string> Parameters { get; init; } = [];
        public bool? SendScopesAtRefresh { get; init; }
        public TimeSpan? UserCheckInterval { get; init; }
        public IdentityProviderClientAuthentication? Authentication { get; init; }
        public IdentityProviderResponseMode? ResponseMode { get; init; }
        public IdentityProviderUserLiveness? Liveness { get; init; }
        public bool SendsNonce { get; init; } = true;
        public bool UsesPkce { get; init; } = true;
        public string? AuthorizationEndpoint { get; init; }
        public string? TokenEndpoint { get; init; }
        public string? UserEndpoint { get; init; }
        public string? EmailEndpoint { get; init; }
        public string? ScopeParameter { get; init; }
        public string? TokenMember { get; init; }
        public Dictionary<string, string> Claims { get; init; } = [];

        public void ApplyTo(IdentityProviderOptions options)
        {
            options.Issuer = string.IsNullOrEmpty(options.Issuer) ? Issuer ?? "" : options.Issuer;
            var scopes = options.Scopes == IdentityProviderOptions.DefaultScopes && Scopes is not null ? Scopes : options.Scopes;
            options.Scopes = string.Join(' ', Words(scopes).Union(Words(AddedScopes)).Except(Words(RemovedScopes)));
            options.SendScopesAtRefresh ??= SendScopesAtRefresh;
            options.UserCheckInterval ??= UserCheckInterval;
            if (options.ClientAuthentication == IdentityProviderClientAuthentication.Auto)
            {
                options.ClientAuthentication = Authentication ?? IdentityProviderClientAuthentication.Auto;
            }

            if (options.ResponseMode == IdentityProviderResponseMode.Query)
            {
                options.ResponseMode = ResponseMode ?? IdentityProviderResponseMode.Query;
            }

            if (options.UserLiveness == IdentityProviderUserLiveness.Auto)
            {
                options.UserLiveness = Liveness ?? IdentityProviderUserLiveness.Auto;
            }

            options.SendNonce &= SendsNonce;
            options.UsePkce &= UsesPkce;
            AddMissing(options.AdditionalParameters, Parameters);
            ApplyTo(options.OAuth);
        }

        private void ApplyTo(IdentityProviderOAuthOptions options)
        {
            options.AuthorizationEndpoint ??= AuthorizationEndpoint;
            options.TokenEndpoint ??= TokenEndpoint;
            options.UserEndpoint ??= UserEndpoint;
            options.EmailEndpoint ??= EmailEndpoint;
            options.ScopeParameter ??= ScopeParameter;
            options.TokenMember ??= TokenMember;
            AddMissing(options.Claims, Claims);
        }

        private static void AddMissing(IDictionary<string, string> settings, Dictionary<string, string> known)
        {
            foreach (var (name, value) in known)
            {
                settings.TryAdd(name, value);
            }
        }

        private static string[] Words(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
    }
}
