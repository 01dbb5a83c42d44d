using System.Security.Claims;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Token;

/// <summary>What an access token says that no sign-in in a browser led to.</summary>
internal static class GrantedPrincipal
{
    public static ClaimsPrincipal Create(GrantRecord grant)
    {
        var identity = new ClaimsIdentity("McpOidc", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, grant.Subject).SetClaim("sid", grant.Id);
        identity.SetDestinations(_ => [Destinations.AccessToken]);
        return new ClaimsPrincipal(identity)
            .SetAuthorizationId(grant.Id)
            .SetPresenters(grant.ClientId)
            .SetScopes(grant.Scopes)
            .SetResources(grant.Resource);
    }
}
