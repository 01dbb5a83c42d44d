using System.Security.Claims;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>Reads the vault, and has its tokens refreshed first if they expire soon.</summary>
internal sealed class IdentityProviderTokens(
    RecordStore records,
    IIdentityProviderTokenRefresher refresher,
    IOptionsMonitor<IdentityProviderOptions> options,
    IOptions<ResourceServerOptions> protection,
    SettingsRoot settings,
    TimeProvider clock
) : IIdentityProviderTokens
{
    public async ValueTask<IdentityProviderTokenSet?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        var held = await FindAsync(user, cancellationToken);
        return held.Tokens is not null || held.User is null or { HasNoTokens: true } || held.NeedsSignIn
            ? held.Tokens
            : throw new IdentityProviderException(
                "The identity provider's access token has expired, and the provider currently issues no new one."
            )
            {
                Failure = held.Failure ?? IdentityProviderFailure.Away,
            };
    }

    public async ValueTask<IdentityProviderTokenSet?> RenewAsync(
        ClaimsPrincipal user,
        string refusedAccessToken,
        CancellationToken cancellationToken
    )
    {
        if (SubjectOf(user) is not { } subject || await ReadAsync(subject, cancellationToken) is not { Tokens: { } tokens })
        {
            return null;
        }

        if (tokens.AccessToken == refusedAccessToken)
        {
            await refresher.RefreshAsync(subject, RefusedToken.DigestOf(refusedAccessToken), cancellationToken);
            tokens = (await ReadAsync(subject, cancellationToken))?.Tokens;
        }

        return tokens is not null && tokens.AccessToken != refusedAccessToken && IsValid(tokens, TimeSpan.Zero)
            ? WithoutRefreshToken(tokens)
            : null;
    }

    /// <summary>The tokens, or why there are none.</summary>
    public async ValueTask<HeldTokens> FindAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        if (SubjectOf(user) is not { } subject || await ReadAsync(subject, cancellationToken) is not { } record)
        {
            return new HeldTokens(null, null, Failure: null);
        }

        if (record.Tokens is not { } tokens)
        {
            return new HeldTokens(record, null, IdentityProviderFailure.Ended);
        }

        if (!EndsSoon(record, tokens))
        {
            return new HeldTokens(record, WithoutRefreshToken(tokens), Failure: null);
        }

        var refresh = await refresher.RefreshAsync(subject, refused: null, cancellationToken);
        if (refresh.Failure is IdentityProviderFailure.Away or IdentityProviderFailure.Misconfigured)
        {
            // Another server's clock determined the expiry, and it cannot be verified now.
            return new HeldTokens(
                record,
                IsValid(tokens, protection.Value.ClockSkew) ? WithoutRefreshToken(tokens) : null,
                refresh.Failure
            );
        }

        var refreshed = await ReadAsync(subject, cancellationToken);
        return refreshed?.Tokens is { } fresh && IsValid(fresh, TimeSpan.Zero)
            ? new HeldTokens(refreshed, WithoutRefreshToken(fresh), Failure: null)
            : new HeldTokens(refreshed, null, refresh.Failure ?? IdentityProviderFailure.Ended);
    }

    private static string? SubjectOf(ClaimsPrincipal user) => user.FindFirst("sub")?.Value is { Length: > 0 } subject ? subject : null;

    private async ValueTask<UserRecord?> ReadAsync(string subject, CancellationToken cancellationToken) =>
        (await records.GetAsync(StoreKeys.User, subject, cancellationToken))?.Value;

    private bool EndsSoon(UserRecord user, IdentityProviderTokenSet tokens) =>
        tokens.ExpiresAt is { } expiresAt
        && expiresAt - options.Get(NamedProvidersSetup.Known(settings, user.ProviderName)).RefreshBefore <= clock.GetUtcNow();

    private bool IsValid(IdentityProviderTokenSet tokens, TimeSpan clockSkew) =>
        tokens.ExpiresAt is not { } expiresAt || expiresAt - clockSkew > clock.GetUtcNow();

    private static IdentityProviderTokenSet WithoutRefreshToken(IdentityProviderTokenSet tokens) => tokens with { RefreshToken = null };
}
