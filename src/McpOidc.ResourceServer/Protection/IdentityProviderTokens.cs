using System.Security.Claims;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Storage;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>Reads the vault, and has it refreshed first when what is in it ends soon.</summary>
internal sealed class IdentityProviderTokens(
    RecordStore records,
    IIdentityProviderTokenRefresher refresher,
    IOptions<IdentityProviderOptions> options,
    IOptions<ResourceServerOptions> protection,
    TimeProvider clock
) : IIdentityProviderTokens
{
    public async ValueTask<IdentityProviderTokenSet?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        if (user.FindFirst("sub")?.Value is not { Length: > 0 } subject || await ReadAsync(subject, cancellationToken) is not { } tokens)
        {
            return null;
        }

        if (!EndsSoon(tokens))
        {
            return WithoutRefreshToken(tokens);
        }

        if (await refresher.RefreshAsync(subject, cancellationToken) != IdentityProviderRefreshOutcome.Unavailable)
        {
            var refreshed = await ReadAsync(subject, cancellationToken);
            return refreshed is not null && IsValid(refreshed, TimeSpan.Zero) ? WithoutRefreshToken(refreshed) : null;
        }

        // The end was written by another server's clock, and nobody vouches for it now.
        return IsValid(tokens, protection.Value.ClockSkew)
            ? WithoutRefreshToken(tokens)
            : throw new IdentityProviderException(
                "The identity provider's access token has expired, and the provider cannot be asked for a new one at the moment."
            );
    }

    private async ValueTask<IdentityProviderTokenSet?> ReadAsync(string subject, CancellationToken cancellationToken) =>
        (await records.GetAsync(StoreKeys.User, subject, cancellationToken))?.Value.Tokens;

    private bool EndsSoon(IdentityProviderTokenSet tokens) =>
        tokens.ExpiresAt is { } expiresAt && expiresAt - options.Value.RefreshBefore <= clock.GetUtcNow();

    private bool IsValid(IdentityProviderTokenSet tokens, TimeSpan clockSkew) =>
        tokens.ExpiresAt is not { } expiresAt || expiresAt - clockSkew > clock.GetUtcNow();

    private static IdentityProviderTokenSet WithoutRefreshToken(IdentityProviderTokenSet tokens) => tokens with { RefreshToken = null };
}
