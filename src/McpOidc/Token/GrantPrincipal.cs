using System.Security.Claims;
using McpOidc.Registration;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Token;

/// <summary>What every token of a grant says: whom it is about, to whom it was issued, and what for.</summary>
internal static class GrantPrincipal
{
    /// <param name="grant">The grant.</param>
    /// <param name="clientId">The client as it names itself in the request; the grant keeps a digest of a stateless id. Where the grant is
    /// another's, the principal is that one's.</param>
    /// <param name="describe">Adds what is said of the person; the client learns it, and MCP servers do not.</param>
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
