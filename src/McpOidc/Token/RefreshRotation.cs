using McpOidc.Audit;
using McpOidc.Keys;
using McpOidc.Storage;
using McpOidc.Telemetry;

namespace McpOidc.Token;

/// <summary>
/// Refresh token rotation (OAuth 2.1 §4.3.1) that signs no user out by accident: a single compare-and-swap on the grant, and until the
/// successor of a token is first used, every retry with that token gets the same successor, on any instance. Only an older token indicates
/// theft; one that is newer than its record means that the store lost a write (ADR 0035).
/// </summary>
internal sealed class RefreshRotation(
    RefreshTokenFamilies families,
    RefreshReplay replay,
    LostRotation lost,
    GrantOrigins origins,
    RecordStore records,
    IRootKeys keys,
    AuditLog audit,
    Metrics metrics
)
{
    /// <summary>The successor of a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="boundTo">The key proven with it; binds a family that was not bound before (RFC 9449 §5).</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> if the token can no longer be used.</returns>
    public async Task<IssuedRefreshToken?> RotateAsync(RefreshToken token, string? boundTo, CancellationToken cancellationToken)
    {
        var key = (await keys.DeriveAsync(KeyPurpose.RefreshTokenMac, cancellationToken))[0];
        RefreshToken? successor = null;
        var state = RefreshTokenState.Replayed;
        var (grant, rotated) = await records.ChangeAsync(
            StoreKeys.Grant,
            token.GrantId,
            grant =>
            {
                if (
                    grant is not { IsLive: true }
                    || (state = families.Judge(grant, token)) is not (RefreshTokenState.Current or RefreshTokenState.Newer)
                )
                {
                    return null;
                }

                var generation = Math.Max(grant.Refresh?.Generation ?? 0, token.Generation) + 1;
                successor = RefreshToken.Create(grant, generation, isBound: (grant.RefreshKey ?? boundTo) is not null, key);
                return families.WithFamily(grant, families.Next(grant, token, successor, boundTo), boundTo);
            },
            cancellationToken
        );
        if (rotated is not null && state == RefreshTokenState.Newer)
        {
            lost.Report(rotated, LostRotation.Rotated);
        }

        return rotated is not null ? new(successor!.Value, rotated.Refresh!.CurrentExpiresAt)
            : grant is { IsLive: true, Refresh: { } left } ? await RetryAsync(grant, left, token, boundTo, cancellationToken)
            : null;
    }

    // A token that is no longer the current one.
    private async Task<IssuedRefreshToken?> RetryAsync(
        GrantRecord grant,
        RefreshTokenFamily left,
        RefreshToken token,
        string? boundTo,
        CancellationToken cancellationToken
    )
    {
        switch (families.Judge(grant, token))
        {
            case RefreshTokenState.Previous when left.IsBoundByRotation == true && grant.RefreshKey != boundTo:
                // Two parties have the token: one has bound it, and the other does not have that key. Either may be the attacker.
                await replay.EndAsync(grant, cancellationToken);
                return null;
            case RefreshTokenState.Previous:
                metrics.RefreshRetried();
                if (left.RotatedFrom is { } mark && mark != token.Mark(origins.Network))
                {
                    audit.RefreshTokenRetriedElsewhere(grant);
                }

                return new(token.OpenSuccessor(left.Successor!), left.CurrentExpiresAt);
            case RefreshTokenState.Replayed:
                await replay.EndAsync(grant, cancellationToken);
                return null;
            default:
                return null;
        }
    }
}
