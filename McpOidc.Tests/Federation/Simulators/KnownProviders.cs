using System.Text.Json.Nodes;
using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>Providers that deviate from the specification in one or two ways, each with its source. None was run.</summary>
public static class KnownProviders
{
    private static readonly string[] s_standard = ["openid", "email", "profile"];
    private static readonly string[] s_offline = ["openid", "email", "profile", "offline_access"];

    public static SimulatedProvider Create(IdentityProviderPreset preset) => new Known(s_traits[preset]);

    private static readonly Dictionary<IdentityProviderPreset, Traits> s_traits = new()
    {
        // https://learn.microsoft.com/entra/external-id/customers/concept-authentication-methods-customers
        [IdentityProviderPreset.EntraExternalId] = new("/tenant/v2.0", s_offline)
        {
            Rotates = true,
            NeedsScopeAtRefresh = true,
            Refusal = ("invalid_grant", "AADSTS50173: The provided grant has expired due to it being revoked."),
        },
        // https://learn.microsoft.com/azure/active-directory-b2c/authorization-code-flow,
        // …/azure/active-directory-b2c/openid-connect: the document is below the policy, and there is no access token without a scope
        [IdentityProviderPreset.AzureAdB2C] = new("/tenant/v2.0/", [.. s_offline, SimulatedProvider.ClientId])
        {
            MetadataPath = "/tenant.onmicrosoft.com/policy/v2.0/.well-known/openid-configuration",
            Rotates = true,
            NeedsApiScope = true,
            NeedsScopeAtRefresh = true,
            Refusal = ("invalid_grant", "AADB2C90129: The provided grant has been revoked. Please reauthenticate and try again."),
        },
        // https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html, …/authorization-endpoint.html
        [IdentityProviderPreset.Cognito] = new("/eu-west-1_example", s_standard) { Refusal = ("invalid_grant", "") },
        // https://docs.pingidentity.com/pingone/applications/p1_application_oidc.html
        [IdentityProviderPreset.Ping] = new("/environment/as", s_offline) { Unasked = true, IgnoresUnknownScopes = true },
        // https://learn.microsoft.com/windows-server/identity/ad-fs/overview/ad-fs-openid-connect-oauth-flows-scenarios
        [IdentityProviderPreset.Adfs] = new("/adfs", ["openid", "allatclaims"])
        {
            Refusal = ("invalid_grant", "MSIS9615: The refresh token received in 'refresh_token' parameter has expired."),
        },
        // https://developer.apple.com/documentation/signinwithapplerestapi/generate-and-validate-tokens, …/errorresponse,
        // https://developer.apple.com/documentation/signinwithapple/configuring-your-webpage-for-sign-in-with-apple
        [IdentityProviderPreset.Apple] = new("", ["openid", "email", "name"])
        {
            NeedsFormPost = true,
            SecretIssuer = "TEAM123456",
            Methods = ["client_secret_post"],
        },
        // https://docs.gitlab.com/integration/openid_connect_provider/, https://docs.gitlab.com/api/oauth2/
        [IdentityProviderPreset.GitLab] = new("", s_standard)
        {
            Rotates = true,
            Refusal = (
                "invalid_grant",
                "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the "
                    + "authorization request, or was issued to another client."
            ),
        },
        // https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_refresh_token_flow.htm, …oauth_flow_errors.htm
        [IdentityProviderPreset.Salesforce] = new("", [.. s_standard, "refresh_token"])
        {
            RefreshScope = "refresh_token",
            SaysNoLifetime = true,
            Refusal = ("invalid_grant", "expired access/refresh token"),
        },
        // https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2; hanko#2405, next-auth#8831,
        // authlib#763
        [IdentityProviderPreset.LinkedIn] = new("/oauth", s_standard)
        {
            GivesNone = true,
            LeavesNonceOut = true,
            RefusesPkce = true,
            Methods = ["client_secret_post"],
        },
        // https://zitadel.com/docs/apis/openidoauth/endpoints, …/scopes
        [IdentityProviderPreset.Zitadel] = new("", s_offline) { Rotates = true, IgnoresUnknownScopes = true },
        // https://docs.goauthentik.io/add-secure-apps/providers/oauth2/
        [IdentityProviderPreset.Authentik] = new("/application/o/mcpoidc/", s_offline) { Rotates = true, IgnoresUnknownScopes = true },
        // https://www.authelia.com/integration/openid-connect/introduction/, …/openid-connect-1.0-claims/
        [IdentityProviderPreset.Authelia] = new("", s_offline) { Rotates = true, Methods = ["client_secret_basic"] },
        // https://dexidp.io/docs/configuration/tokens/, run with 2.45.1
        [IdentityProviderPreset.Dex] = new("/dex", s_offline)
        {
            Rotates = true,
            Refusal = ("invalid_request", "Refresh token is invalid or has already been claimed by another client."),
        },
        // https://pocket-id.org/docs/guides/oidc-client-authentication
        [IdentityProviderPreset.PocketId] = new("", s_standard) { Rotates = true, IgnoresUnknownScopes = true },
        // https://docs.logto.io/concepts/sign-in-experience, https://docs.logto.io/end-user-flows/sign-up-and-sign-in: panva's rule
        [IdentityProviderPreset.Logto] = new("/oidc", s_offline)
        {
            Rotates = true,
            IgnoresUnknownScopes = true,
            NeedsConsentPrompt = true,
        },
        // https://workos.com/docs/reference/workos-connect/token, https://workos.com/docs/authkit/mcp
        [IdentityProviderPreset.WorkOS] = new("", s_offline) { Rotates = true, IgnoresUnknownScopes = true },
        // https://developers.onelogin.com/openid-connect/api/refresh-session, …/api/authorization-code-grant
        [IdentityProviderPreset.OneLogin] = new("/oidc/2", s_standard) { Rotates = true, IgnoresUnknownScopes = true },
    };

    private sealed record Traits(string Path, string[] Scopes)
    {
        public bool Rotates { get; init; }
        public bool IgnoresUnknownScopes { get; init; }

        /// <summary>Issues refresh tokens unasked, even if it knows a scope for them.</summary>
        public bool Unasked { get; init; }
        public string RefreshScope { get; init; } = "offline_access";
        public bool GivesNone { get; init; }
        public bool NeedsScopeAtRefresh { get; init; }
        public bool NeedsApiScope { get; init; }
        public bool NeedsFormPost { get; init; }
        public bool NeedsConsentPrompt { get; init; }
        public bool LeavesNonceOut { get; init; }
        public bool RefusesPkce { get; init; }
        public bool SaysNoLifetime { get; init; }
        public string? SecretIssuer { get; init; }
        public string? MetadataPath { get; init; }
        public string[] Methods { get; init; } = ["client_secret_basic", "client_secret_post"];
        public (string Error, string Description) Refusal { get; init; } = ("invalid_grant", "The refresh token is not valid.");
    }

    private sealed class Known(Traits traits) : SimulatedProvider
    {
        public override string ConfiguredIssuer => Origin + traits.Path;

        public override string? MetadataPath => traits.MetadataPath;

        protected override string[] KnownScopes => traits.Scopes;

        protected override bool RefusesUnknownScopes => !traits.IgnoresUnknownScopes;

        protected override bool Rotates => traits.Rotates;

        protected override string[] AuthenticationMethods => traits.Methods;

        protected override JsonObject Refusal =>
            new() { ["error"] = traits.Refusal.Error, ["error_description"] = traits.Refusal.Description };

        public override (string RefreshTokens, bool Rotates, string Refusal, bool RefusesUnknownScopes) Facts =>
            base.Facts with
            {
                RefreshTokens =
                    traits.GivesNone ? "never"
                    : traits.NeedsConsentPrompt ? "`offline_access` with `prompt=consent`"
                    : IsUnasked ? "always"
                    : $"`{traits.RefreshScope}`",
            };

        private bool IsUnasked => traits.Unasked || !traits.Scopes.Contains(traits.RefreshScope);

        protected override bool GivesRefreshToken(IQueryCollection request) =>
            !traits.GivesNone
            && (IsUnasked || request["scope"].ToString().Split(' ').Contains(traits.RefreshScope))
            && (!traits.NeedsConsentPrompt || request["prompt"].ToString().Split(' ').Contains("consent"));

        protected override string? Refuse(IQueryCollection request) =>
            traits.NeedsFormPost && request["response_mode"] != "form_post" ? "invalid_request" : null;

        protected override string? RefuseCode(IFormCollection form) =>
            traits.RefusesPkce && form.ContainsKey("code_verifier") ? "invalid_client" : null;

        protected override JsonObject? RefuseRefresh(IFormCollection form) =>
            traits.NeedsScopeAtRefresh && form["scope"].Count == 0
                ? new()
                {
                    ["error"] = "invalid_request",
                    ["error_description"] = "AADSTS90009: Application is requesting a token for itself.",
                }
                : null;

        protected override bool IsSecret(string secret) =>
            traits.SecretIssuer is null
                ? base.IsSecret(secret)
                : new JsonWebToken(secret) is { Alg: "ES256" } token
                    && token.Issuer == traits.SecretIssuer
                    && token.Subject == ClientId
                    && token.Audiences.Single() == Origin;

        protected override void AddClaims(JsonObject claims)
        {
            if (traits.LeavesNonceOut)
            {
                claims.Remove("nonce");
            }
        }

        protected override void AddToAnswer(JsonObject answer)
        {
            if (traits.SaysNoLifetime)
            {
                answer.Remove("expires_in");
            }

            if (traits.NeedsApiScope && !AuthorizationRequests[^1]["scope"].ToString().Split(' ').Contains(ClientId))
            {
                answer.Remove("access_token");
            }
        }
    }
}
