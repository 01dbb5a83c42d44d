namespace McpOidc.Configuration;

/// <summary>Identity providers with built-in settings.</summary>
public enum IdentityProviderPreset
{
    /// <summary>Any OpenID Connect provider.</summary>
    None,

    /// <summary>Auth0: <c>offline_access</c>. Set <c>AdditionalParameters:audience</c> for access tokens that are JWTs.</summary>
    Auth0,

    /// <summary>Clerk: <c>offline_access</c>.</summary>
    Clerk,

    /// <summary>Okta: <c>offline_access</c>.</summary>
    Okta,

    /// <summary>Keycloak: <c>offline_access</c>, so that refresh tokens outlive the browser session.</summary>
    Keycloak,

    /// <summary>Microsoft Entra ID: <c>offline_access</c>, issuers of many tenants.</summary>
    EntraId,

    /// <summary>Google: <c>access_type=offline</c> instead of a scope; asks for consent again if no refresh token is stored.</summary>
    Google,

    /// <summary>GitHub, which has no OpenID Connect; GitHub Enterprise if the issuer is its address.</summary>
    GitHub,

    /// <summary>Discord, without OpenID Connect.</summary>
    Discord,

    /// <summary>Slack, without OpenID Connect, as an app that acts for the user: the scopes are user scopes.</summary>
    Slack,

    /// <summary>Microsoft Entra External ID (<c>ciamlogin.com</c>): like <see cref="EntraId"/>, for a single tenant.</summary>
    EntraExternalId,

    /// <summary>Azure AD B2C: set <c>MetadataAddress</c> to the metadata of the policy.</summary>
    AzureAdB2C,

    /// <summary>Amazon Cognito: always issues refresh tokens; has no <c>offline_access</c>.</summary>
    Cognito,

    /// <summary>PingOne and PingFederate: the application's settings decide on refresh tokens.</summary>
    Ping,

    /// <summary>Active Directory Federation Services: set <c>Resource</c> to the API.</summary>
    Adfs,

    /// <summary>Sign in with Apple: <c>form_post</c>, and a client secret that <c>ClientKeyFile</c> signs for <c>TeamId</c>.</summary>
    Apple,

    /// <summary>GitLab: always issues refresh tokens, for one use each.</summary>
    GitLab,

    /// <summary>Salesforce: scope <c>refresh_token</c>.</summary>
    Salesforce,

    /// <summary>LinkedIn: no nonce, no PKCE, no refresh token.</summary>
    LinkedIn,

    /// <summary>Zitadel: <c>offline_access</c>.</summary>
    Zitadel,

    /// <summary>authentik: <c>offline_access</c>.</summary>
    Authentik,

    /// <summary>Authelia: <c>offline_access</c>; name and e-mail address come from the userinfo endpoint.</summary>
    Authelia,

    /// <summary>Dex: <c>offline_access</c>.</summary>
    Dex,

    /// <summary>Pocket ID: always issues refresh tokens.</summary>
    PocketId,

    /// <summary>Logto: <c>offline_access</c> with <c>prompt=consent</c>.</summary>
    Logto,

    /// <summary>WorkOS AuthKit: <c>offline_access</c>.</summary>
    WorkOS,

    /// <summary>OneLogin: the application's settings decide on refresh tokens.</summary>
    OneLogin,
}
