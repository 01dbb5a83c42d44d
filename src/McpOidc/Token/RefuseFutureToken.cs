using McpOidc.Keys;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>
/// Rejects a token issued in the future, by a clock that has since been set back: it would live that much longer. Refresh tokens are
/// exempt: wrong clocks should sign no user out, and the end of their family does not change.
/// </summary>
internal sealed class RefuseFutureToken(TimeProvider clock, RefusedTimes refused) : IOpenIddictServerHandler<ValidateTokenContext>
{
    /// <summary>Half for servers that are fast, and half for servers that are slow.</summary>
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
            context.Reject(Errors.InvalidToken, "The token was issued in the future.");
        }

        return default;
    }
}
