using System.Security.Claims;
using McpOidc.Sessions;
using McpOidc.Token;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Authorization;

/// <summary>
/// What an authorization code stands for, with what the id_token will say of the person: the code is redeemed a moment later, and the vault need
/// not be read again for it.
/// </summary>
internal static class AuthorizedIdentity
{
    public static ClaimsPrincipal Create(GrantRecord grant, UserRecord user, TimeSpan codeLifetime)
        => new ClaimsPrincipal(UserClaims.Attach(new ClaimsIdentity("McpOidc", Claims.Name, Claims.Role), user, grant.Scopes))
            .SetClaim(Claims.Subject, grant.Subject)
            .SetAuthorizationId(grant.Id)
            .SetAuthorizationCodeLifetime(codeLifetime)
            .SetScopes(grant.Scopes)
            .SetResources(grant.Resource);
}
