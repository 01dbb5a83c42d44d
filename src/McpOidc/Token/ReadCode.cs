using System.Security.Claims;
using McpOidc.Storage;
using McpOidc.Storage.OpenIddict;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>
/// Reads our authorization codes, which are not OpenIddict records: their data is in the grant. A code that is used a second time ends its
/// grant (RFC 6749 §4.1.2).
/// </summary>
internal sealed class ReadCode(Grants grants, CodePayload payloads, CodeReplay replay, TimeProvider clock)
    : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseSingletonHandler<ReadCode>()
            .SetOrder(ValidateReferenceTokenIdentifier.Descriptor.Order - 500)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (
            CodeReference.Read(context.Token) is not { } code
            || await grants.RecallAsync(code.GrantId, context.CancellationToken) is not { Value: { Code: { } known } grant }
            || !code.Matches(known.Hash)
            || (known.RedeemedAt is not null && !known.IsRemembered(clock.GetUtcNow()))
        )
        {
            return;
        }

        if (known.RedeemedAt is not null)
        {
            await replay.EndAsync(grant.Id, context.CancellationToken);
            context.Reject(Errors.InvalidToken, "The code has already been redeemed.");
            return;
        }

        var isAskedFor =
            context.ValidTokenTypes.Count == 0 || context.ValidTokenTypes.Contains(TokenTypeIdentifiers.Private.AuthorizationCode);
        if (isAskedFor && known.Contents is { } payload)
        {
            context.Principal = await ReadAsync(payload, grant.Id, known, context.CancellationToken);
        }
    }

    // Null if its key was deleted within its minute: OpenIddict refuses a code without a principal.
    private async ValueTask<ClaimsPrincipal?> ReadAsync(
        byte[] payload,
        string grantId,
        AuthorizationCodeRecord code,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var principal = await payloads.UnprotectAsync(payload, grantId, cancellationToken);
            return principal
                .SetCreationDate(code.CreatedAt)
                .SetExpirationDate(code.ExpiresAt)
                .SetAuthorizationId(grantId)
                .SetTokenType(TokenTypeIdentifiers.Private.AuthorizationCode);
        }
        catch (StoredPayloadException)
        {
            return null;
        }
    }
}
