using McpOidc.Revocation;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>No token of ours is valid whose grant has ended, whatever its own state: code, refresh token or access token.</summary>
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
        // An id_token_hint says who is meant, and opens nothing.
        if (
            context.EndpointType is OpenIddictServerEndpointType.Authorization or OpenIddictServerEndpointType.EndSession
            || context.Principal is not { } principal
            || (principal.GetAuthorizationId() ?? principal.GetClaim("sid")) is not { Length: > 0 } grantId
        )
        {
            return;
        }

        // What later handlers know as the authorization is the grant, also for access tokens, which name it sid.
        principal.SetAuthorizationId(grantId);
        // What is revoked again, because the first answer failed, may not have been told to everybody yet.
        var endedIsEnough = context.EndpointType == OpenIddictServerEndpointType.Revocation;
        if (
            await context.Transaction.FindGrantAsync(grants, grantId, context.CancellationToken) is not { } grant
            || !((grant.IsLive && !unstored.Contain(grantId)) || endedIsEnough)
        )
        {
            context.Reject(Errors.InvalidToken, "The sign-in that this token belongs to has ended.");
        }
    }
}
