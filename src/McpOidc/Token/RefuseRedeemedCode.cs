using McpOidc.Keys;
using McpOidc.Storage.OpenIddict;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>A code that comes a second time ends what it gave (RFC 6749 §4.1.2). Of a redeemed code no payload is left that OpenIddict
/// could judge.</summary>
internal sealed class RefuseRedeemedCode(Grants grants, CodeReplay replay, RefusedTimes refused, TimeProvider clock)
    : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseSingletonHandler<RefuseRedeemedCode>()
            .SetOrder(ValidateReferenceTokenIdentifier.Descriptor.Order - 500)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (
            CodeReference.Read(context.Token) is not { } code
            || await grants.RecallAsync(code.GrantId, context.CancellationToken) is not { Value.Code: { } known }
            || !code.Matches(known.Hash)
        )
        {
            return;
        }

        var now = clock.GetUtcNow();
        if (known.RedeemedAt is null && known.ExpiresAt <= now)
        {
            // Refused below, or not even found.
            refused.Late("An authorization code", known.ExpiresAt);
        }

        if (known.RedeemedAt is not null && known.IsRemembered(now))
        {
            await replay.EndAsync(code.GrantId, context.CancellationToken);
            context.Reject(Errors.InvalidToken, "The code was already redeemed.");
        }
    }
}
