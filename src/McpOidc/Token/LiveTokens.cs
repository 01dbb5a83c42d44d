using McpOidc.Authorization.DeviceAuthorization;
using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Storage.OpenIddict;

namespace McpOidc.Token;

/// <summary>
/// The code, device code or refresh token in a request. An attacker who guesses has none, so the limits by address do not apply to a
/// request with a live one. The MAC detects invented ones without a store read.
/// </summary>
internal sealed class LiveTokens(
    RefreshTokenReader reader,
    RefreshTokenFamilies families,
    DeviceRequests devices,
    Grants grants,
    IRootKeys keys,
    TimeProvider clock
)
{
    /// <param name="token">A code or refresh token, or an untrusted value in its place.</param>
    /// <param name="clientId">The client named in the request.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async ValueTask<HeldToken> JudgeAsync(string? token, string? clientId, CancellationToken cancellationToken)
    {
        if (token is not { Length: > 0 })
        {
            return HeldToken.None;
        }

        if (await devices.FindByDeviceCodeAsync(token, cancellationToken) is { } device)
        {
            return device.ClientId == ClientIdDigest.Of(clientId ?? "") && clock.GetUtcNow() < device.EndsAt
                ? HeldToken.Live
                : HeldToken.Ended;
        }

        if (await JudgeRefreshTokenAsync(token, clientId, cancellationToken) is var refresh and not HeldToken.None)
        {
            return refresh;
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

    /// <summary>The same where only tokens can be presented: a code opens nothing there, and anyone can get a device code.</summary>
    public async ValueTask<HeldToken> JudgeRefreshTokenAsync(string token, string? clientId, CancellationToken cancellationToken) =>
        await reader.ReadAsync(token, cancellationToken) is not { } refresh ? HeldToken.None
        : await FindGrantAsync(refresh.GrantId, clientId, cancellationToken) is { } grant
        && families.Judge(grant, refresh) is RefreshTokenState.Current or RefreshTokenState.Previous or RefreshTokenState.Newer
            ? HeldToken.Live
        : HeldToken.Ended;

    private async ValueTask<GrantRecord?> FindGrantAsync(string grantId, string? clientId, CancellationToken cancellationToken) =>
        (await grants.RecallAsync(grantId, cancellationToken))?.Value is { IsLive: true } grant
        && grant.ClientId == ClientIdDigest.Of(clientId ?? "")
            ? grant
            : null;
}

/// <summary>The state of a presented token.</summary>
internal enum HeldToken
{
    /// <summary>Not created by this server.</summary>
    None,

    /// <summary>Ended, or issued to another client.</summary>
    Ended,

    /// <summary>A valid code or refresh token of the named client.</summary>
    Live,
}
