using System.Security.Claims;
using McpOidc.Registration;
using McpOidc.Sessions;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>Builds who the tokens are about, from the grant and the vault as they are now: a changed name shows at the next refresh.</summary>
internal sealed class AttachUserClaims(Grants grants, UserSessions users, Clients clients, Lifetimes lifetimes) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleTokenRequestContext>()
        .UseScopedHandler<AttachUserClaims>()
        .SetOrder(OpenIddictServerHandlers.Exchange.AttachPrincipal.Descriptor.Order + 500)
        .Build();

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (context.Principal is not { } validated || validated.GetAuthorizationId() is not { } grantId)
        {
            return;
        }

        var cancellationToken = context.CancellationToken;
        if (await context.Transaction.FindGrantAsync(grants, grantId, cancellationToken) is not { } grant
            || await users.RecallAsync(grant.Subject, cancellationToken) is not { } user)
        {
            context.Reject(Errors.InvalidGrant, "The sign-in that this token belongs to has ended.");
            return;
        }

        await clients.KeepAliveAsync(grant.ClientId, cancellationToken);
        await users.KeepAliveAsync(user, cancellationToken);
        context.Principal = CreatePrincipal(grant, user, validated).SetAccessTokenLifetime(lifetimes.AccessToken(grant.Resource));
    }

    private static ClaimsPrincipal CreatePrincipal(GrantRecord grant, UserRecord user, ClaimsPrincipal validated)
    {
        var identity = new ClaimsIdentity("McpOidc", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, grant.Subject)
            .SetClaim("sid", grant.Id)
            .SetClaim(Claims.AuthenticationTime, grant.AuthenticatedAt.ToUnixTimeSeconds());
        foreach (var (name, value) in UserClaims.ForScopes(user, grant.Scopes))
        {
            identity.SetClaim(name, value);
        }

        identity.SetDestinations(claim => claim.Type is "sid" or Claims.AuthenticationTime
            ? [Destinations.AccessToken, Destinations.IdentityToken]
            : [Destinations.IdentityToken]);
        return new ClaimsPrincipal(identity)
            .SetAuthorizationId(grant.Id)
            .SetPresenters(grant.ClientId)
            .SetScopes(grant.Scopes)
            .SetResources(grant.Resource)
            .SetClaim(Claims.Private.Nonce, validated.GetClaim(Claims.Private.Nonce));
    }
}
