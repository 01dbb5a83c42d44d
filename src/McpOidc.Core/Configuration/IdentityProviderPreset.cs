namespace McpOidc.Configuration;

/// <summary>Identity providers whose ways are known.</summary>
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

    /// <summary>Google: <c>access_type=offline</c> in place of a scope, and consent asked again where no refresh token is held.</summary>
    Google,

    /// <summary>GitHub, which has no OpenID Connect; GitHub Enterprise where the issuer is its address.</summary>
    GitHub,

    /// <summary>Discord, without OpenID Connect.</summary>
    Discord,

    /// <summary>Slack as an app that acts for the person, without OpenID Connect: the scopes are those of people.</summary>
    Slack,

    /// <summary>Microsoft Entra External ID (<c>ciamlogin.com</c>): as <see cref="EntraId"/>, of one tenant.</summary>
    EntraExternalId,

    /// <summary>Azure AD B2C: set <c>MetadataAddress</c> to that of the policy.</summary>
    AzureAdB2C,

    /// <summary>Amazon Cognito: refresh tokens always, and no <c>offline_access</c>.</summary>
    Cognito,

    /// <summary>PingOne and PingFederate: refresh tokens as the application is set.</summary>
    Ping,

    /// <summary>Active Directory Federation Services: set <c>Resource</c> to the API.</summary>
    Adfs,

    /// <summary>Sign in with Apple: <c>form_post</c>, a client secret that <c>ClientKeyFile</c> signs for <c>TeamId</c>.</summary>
    Apple,

    /// <summary>GitLab: refresh tokens always, each used once.</summary>
    GitLab,

    /// <summary>Salesforce: scope <c>refresh_token</c>.</summary>
    Salesforce,

    /// <summary>LinkedIn: no nonce, no PKCE, no refresh token.</summary>
    LinkedIn,

    /// <summary>Zitadel: <c>offline_access</c>.</summary>
    Zitadel,

    /// <summary>authentik: <c>offline_access</c>.</summary>
    Authentik,

    /// <summary>Authelia: <c>offline_access</c>; name and address from the userinfo endpoint.</summary>
    Authelia,

    /// <summary>Dex: <c>offline_access</c>.</summary>
    Dex,

    /// <summary>Pocket ID: refresh tokens always.</summary>
    PocketId,

    /// <summary>Logto: <c>offline_access</c> with <c>prompt=consent</c>.</summary>
    Logto,

    /// <summary>WorkOS AuthKit: <c>offline_access</c>.</summary>
    WorkOS,

    /// <summary>OneLogin: refresh tokens as the application is set.</summary>
    OneLogin,
}
