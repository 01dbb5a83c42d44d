namespace McpOidc.Configuration;

/// <summary>The endpoint paths, relative to the issuer. They match the npm package, so that a migration changes no URL.</summary>
internal static class EndpointPaths
{
    public const string Authorize = "/authorize";
    public const string PushedAuthorization = "/request";
    public const string Token = "/token";
    public const string Revocation = "/token/revocation";
    public const string Introspection = "/token/introspection";
    public const string Register = "/register";
    public const string Jwks = "/jwks";
    public const string UserInfo = "/me";
    public const string EndSession = "/session/end";
    public const string Callback = "/oauth/callback";
    public const string Consent = "/oauth/consent";
    public const string IdentityProviderTokens = "/oauth/idp-tokens";
    public const string PersonalTokens = "/oauth/personal-tokens";
    public const string DeviceAuthorization = "/device_authorization";
    public const string Device = "/device";
    public const string Choose = "/oauth/choose";
    public const string Refused = "/oauth/refused";
    public const string ApplicationSignIn = "/oauth/application";
    public const string BackChannelLogout = "/oauth/backchannel-logout";
    public const string Account = "/account";
    public const string AccountTokens = "/account/tokens";
    public const string Admin = "/admin";
    public const string AdminPages = "/admin/page";

    // Below either of the two.
    public const string AdminOpenApi = "/openapi.json";
    public const string AdminClients = "/clients";
    public const string AdminClient = "/client";
    public const string AdminReapClients = "/clients/reap";
    public const string AdminGrants = "/grants";
    public const string AdminRevokeGrants = "/grants/revoke";
    public const string AdminRevokeAllGrants = "/grants/revoke-all";
    public const string AdminKeys = "/keys";
    public const string AdminRotateKeys = "/keys/rotate";
    public const string AdminAudit = "/audit";
    public const string AdminTimeline = "/timeline";
    public const string AdminPerson = "/person";
    public const string AdminAct = "/act";
    public const string Stylesheet = "/oauth/style.css";
    public const string Logo = "/oauth/logo";

    /// <summary>The revocation path for clients of 2025-03-26, as used by the MCP SDK's router.</summary>
    public const string LegacyRevocation = "/revoke";
    public const string OpenIdConfiguration = "/.well-known/openid-configuration";
    public const string AuthorizationServerMetadata = "/.well-known/oauth-authorization-server";
    public const string ProtectedResourceMetadata = "/.well-known/oauth-protected-resource";
}
