using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Storage.OpenIddict;

namespace McpOidc.Token;

/// <summary>
/// What a request holds of ours: a code or a refresh token. Whoever guesses has none, so the limits of an address do not hold for somebody
/// who has one that is live. What was made up is known by its MAC, and costs the store nothing.
/// </summary>
internal sealed class LiveTokens(RefreshRotation rotation, Grants grants, IRootKeys keys, TimeProvider clock)
{
    /// <param name="token">A code or a refresh token, or what somebody says is one.</param>
    /// <param name="clientId">The client that the request names.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async ValueTask<HeldToken> JudgeAsync(string? token, string? clientId, CancellationToken cancellationToken)
    {
        if (token is not { Length: > 0 })
        {
            return HeldToken.None;
        }

        if (await rotation.ReadAsync(token, cancellationToken) is { } refresh)
        {
            return
                await FindGrantAsync(refresh.GrantId, clientId, cancellationToken) is { } grant
                && rotation.Judge(grant, refresh) is RefreshTokenState.Current or RefreshTokenState.Previous or RefreshTokenState.Newer
                ? HeldToken.Live
                : HeldToken.Ended;
        }

        if (
            CodeReference.Read(token) is not { } code
            || !CodeReference.IsOurs(token, await keys.DeriveAsync(KeyPurpose.AuthorizationCodeMac, cancellationToken))
        )
        {
            return HeldToken.None;
        }

        return
            await FindGrantAsync(code.GrantId, clientId, cancellationToken) is { Code: { RedeemedAt: null } known }
            && clock.GetUtcNow() < known.ExpiresAt
            && code.Matches(known.Hash)
            ? HeldToken.Live
            : HeldToken.Ended;
    }

    private async ValueTask<GrantRecord?> FindGrantAsync(string grantId, string? clientId, CancellationToken cancellationToken) =>
        (await grants.RecallAsync(grantId, cancellationToken))?.Value is { IsLive: true } grant
        && grant.ClientId == ClientIdDigest.Of(clientId ?? "")
            ? grant
            : null;
}

/// <summary>What somebody holds.</summary>
internal enum HeldToken
{
    /// <summary>Nothing that this server made.</summary>
    None,

    /// <summary>Something that has ended, or that another client was given.</summary>
    Ended,

    /// <summary>A code or refresh token of the client that it names, which is still good.</summary>
    Live,
}
