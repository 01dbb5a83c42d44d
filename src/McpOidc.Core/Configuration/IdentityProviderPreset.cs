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
}
