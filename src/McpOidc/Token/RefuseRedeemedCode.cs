using McpOidc.Keys;
using McpOidc.Storage.OpenIddict;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>A code that is used a second time ends its grant (RFC 6749 §4.1.2). A redeemed code has no payload that OpenIddict could
/// validate.</summary>
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
            // Rejected below, or not even found.
            refused.Late("An authorization code", known.ExpiresAt);
        }

        if (known.RedeemedAt is not null && known.IsRemembered(now))
        {
            await replay.EndAsync(code.GrantId, context.CancellationToken);
            context.Reject(Errors.InvalidToken, "The code has already been redeemed.");
        }
    }
}
