using System.Security.Claims;
using McpOidc.Registration;
using McpOidc.Sessions;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>Builds the user's principal from the current grant and vault: a changed name appears at the next refresh. A code contains the
/// vault's claims from its creation.</summary>
internal sealed class AttachUserClaims(Grants grants, UserSessions users, UsedClients clients, Lifetimes lifetimes)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleTokenRequestContext>()
            .UseSingletonHandler<AttachUserClaims>()
            .SetOrder(OpenIddictServerHandlers.Exchange.AttachPrincipal.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (context.Principal is not { } validated || validated.GetAuthorizationId() is not { } grantId)
        {
            return;
        }

        var cancellationToken = context.CancellationToken;
        if (
            await context.Transaction.FindGrantAsync(grants, grantId, cancellationToken) is not { } grant
            || await DescribeUserAsync(context, grant, validated) is not { } describe
        )
        {
            context.Reject(Errors.InvalidGrant, "The grant of this token has ended.");
            return;
        }

        await clients.KeepAliveAsync(context.Request.ClientId ?? grant.ClientId, cancellationToken);
        var signedInAt = grant.AuthenticatedAt.ToUnixTimeSeconds();
        context.Principal = GrantPrincipal
            .Create(grant, context.Request.ClientId, identity => describe(identity.SetClaim(Claims.AuthenticationTime, signedInAt)))
            .SetScopes(DecideGrantedScope.HeldOf(context.Transaction))
            .SetClaim(Claims.Private.Nonce, validated.GetClaim(Claims.Private.Nonce))
            .SetAccessTokenLifetime(lifetimes.AccessToken(grant.Resource));
    }

    // A code was just created from the vault, and ending a user also ends the user's grants.
    private async ValueTask<Action<ClaimsIdentity>?> DescribeUserAsync(
        HandleTokenRequestContext context,
        GrantRecord grant,
        ClaimsPrincipal validated
    )
    {
        if (context.Request.IsAuthorizationCodeGrantType())
        {
            return identity => UserClaims.Attach(identity, validated);
        }

        if (await users.RecallAsync(grant.Subject, context.CancellationToken) is not { } user)
        {
            return null;
        }

        await users.KeepAliveAsync(user, context.CancellationToken);
        return identity => UserClaims.Attach(identity, user, grant.Scopes);
    }
}
