using McpOidc.Revocation;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>Rejects every token of ours whose grant has ended, whatever its own state: code, refresh token or access token.</summary>
internal sealed class RequireLiveSession(Grants grants, UnstoredRevocations unstored) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseSingletonHandler<RequireLiveSession>()
            .SetOrder(Handlers.ValidateAuthorizationEntry.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        // An id_token_hint only identifies a user, and grants nothing.
        if (
            context.EndpointType is OpenIddictServerEndpointType.Authorization or OpenIddictServerEndpointType.EndSession
            || context.Principal is not { } principal
            || (principal.GetAuthorizationId() ?? principal.GetClaim("sid")) is not { Length: > 0 } grantId
        )
        {
            return;
        }

        // Later handlers use the grant as the authorization, also for access tokens, which contain it as sid.
        principal.SetAuthorizationId(grantId);
        // A revocation that is repeated because its first response failed may not have been published to all processes yet.
        var endedIsEnough = context.EndpointType == OpenIddictServerEndpointType.Revocation;
        if (
            await context.Transaction.FindGrantAsync(grants, grantId, context.CancellationToken) is not { } grant
            || !((grant.IsLive && !unstored.Contain(grantId)) || endedIsEnough)
        )
        {
            context.Reject(Errors.InvalidToken, "The grant of this token has ended.");
        }
    }
}
