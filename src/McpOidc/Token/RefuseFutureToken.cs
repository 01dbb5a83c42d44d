using McpOidc.Keys;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>
/// A token that was issued in the future comes from a clock that has been set back since, and would live that much longer. Refresh tokens
/// are spared: nobody is signed out for our clocks, and the end of their family does not move.
/// </summary>
internal sealed class RefuseFutureToken(TimeProvider clock, RefusedTimes refused) : IOpenIddictServerHandler<ValidateTokenContext>
{
    /// <summary>Servers may be half of it fast and half of it slow.</summary>
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(1);

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseSingletonHandler<RefuseFutureToken>()
            .SetOrder(RequireLiveSession.Descriptor.Order + 1)
            .Build();

    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (
            context.Principal is { } principal
            && !principal.HasTokenType(TokenTypeIdentifiers.RefreshToken)
            && principal.GetCreationDate() is { } issuedAt
            && issuedAt > clock.GetUtcNow() + s_skew
        )
        {
            refused.Early(NoteExpiredToken.Describe(principal.GetTokenType()), issuedAt);
            context.Reject(Errors.InvalidToken, "The token was issued by a clock that was ahead.");
        }

        return default;
    }
}
