using System.Security.Claims;
using McpOidc.Token;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Authorization;

/// <summary>What an authorization code stands for. Everything about the person is read from the vault when the code is redeemed.</summary>
internal static class AuthorizedIdentity
{
    public static ClaimsPrincipal Create(GrantRecord grant, TimeSpan codeLifetime)
        => new ClaimsPrincipal(new ClaimsIdentity("McpOidc", Claims.Name, Claims.Role))
            .SetClaim(Claims.Subject, grant.Subject)
            .SetAuthorizationId(grant.Id)
            .SetAuthorizationCodeLifetime(codeLifetime)
            .SetScopes(grant.Scopes)
            .SetResources(grant.Resource);
}
