using System.Security.Claims;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Sessions;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>Reads the vault, and has it refreshed first when what is in it ends soon.</summary>
internal sealed class IdentityProviderTokens(
    UserSessions users,
    IIdentityProviderTokenRefresher refresher,
    IOptions<IdentityProviderOptions> options,
    IOptions<ResourceServerOptions> protection,
    TimeProvider clock
) : IIdentityProviderTokens
{
    public async ValueTask<IdentityProviderTokenSet?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        if (
            user.FindFirst("sub")?.Value is not { Length: > 0 } subject
            || (await users.FindAsync(subject, cancellationToken))?.Tokens is not { } tokens
        )
        {
            return null;
        }

        if (!EndsSoon(tokens))
        {
            return WithoutRefreshToken(tokens);
        }

        if (await refresher.RefreshAsync(subject, cancellationToken) != IdentityProviderRefreshOutcome.Unavailable)
        {
            var refreshed = (await users.FindAsync(subject, cancellationToken))?.Tokens;
            return refreshed is not null && IsValid(refreshed, TimeSpan.Zero) ? WithoutRefreshToken(refreshed) : null;
        }

        // The end was written by another server's clock, and nobody vouches for it now.
        return IsValid(tokens, protection.Value.ClockSkew)
            ? WithoutRefreshToken(tokens)
            : throw new IdentityProviderException(
                "The identity provider's access token has expired, and the provider cannot be asked for a new one at the moment."
            );
    }

    private bool EndsSoon(IdentityProviderTokenSet tokens) =>
        tokens.ExpiresAt is { } expiresAt && expiresAt - options.Value.RefreshBefore <= clock.GetUtcNow();

    private bool IsValid(IdentityProviderTokenSet tokens, TimeSpan clockSkew) =>
        tokens.ExpiresAt is not { } expiresAt || expiresAt - clockSkew > clock.GetUtcNow();

    private static IdentityProviderTokenSet WithoutRefreshToken(IdentityProviderTokenSet tokens) => tokens with { RefreshToken = null };
}
