using System.Security.Claims;
using McpOidc.Registration;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Token;

/// <summary>The common claims of a grant's tokens: subject, client and audience.</summary>
internal static class GrantPrincipal
{
    /// <param name="grant">The grant.</param>
    /// <param name="clientId">The client as named in the request; the grant has a digest of a stateless id. If the grant belongs to
    /// another client, the principal is that client's.</param>
    /// <param name="describe">Adds the user's claims, which only the client gets, not MCP servers.</param>
    public static ClaimsPrincipal Create(GrantRecord grant, string? clientId, Action<ClaimsIdentity>? describe = null)
    {
        var identity = new ClaimsIdentity("McpOidc", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, grant.Subject).SetClaim("sid", grant.Id);
        describe?.Invoke(identity);
        identity.SetDestinations(claim =>
            claim.Type is "sid" or Claims.AuthenticationTime
                ? [Destinations.AccessToken, Destinations.IdentityToken]
                : [Destinations.IdentityToken]
        );
        return new ClaimsPrincipal(identity)
            .SetAuthorizationId(grant.Id)
            .SetPresenters(clientId is not null && ClientIdDigest.Of(clientId) == grant.ClientId ? clientId : grant.ClientId)
            .SetScopes(grant.Scopes)
            .SetResources(grant.Resource);
    }
}
