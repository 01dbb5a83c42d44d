using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Storage;
using McpOidc.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Token;

/// <summary>
/// Refresh token rotation (OAuth 2.1 §4.3.1) that signs no user out by accident: a single compare-and-swap on the grant, and until the
/// successor of a token is first used, every retry with that token gets the same successor, on any instance. Only an older token indicates
/// theft; one that is newer than its record means that the store lost a write (ADR 0035).
/// </summary>
internal sealed partial class RefreshRotation(
    Grants grants,
    GrantOrigins origins,
    RecordStore records,
    IRootKeys keys,
    IOptions<TokenOptions> options,
    Lifetimes lifetimes,
    TimeProvider clock,
    AuditLog audit,
    Metrics metrics,
    ILogger<RefreshRotation> logger
)
{
    /// <summary>What happened to a token that is newer than its record.</summary>
    public const string Refused = "refused";

    private const string Rotated = "rotated";

    public async ValueTask<RefreshToken?> ReadAsync(string? value, CancellationToken cancellationToken) =>
        RefreshToken.Read(value, await keys.DeriveAsync(KeyPurpose.RefreshTokenMac, cancellationToken));

    public RefreshTokenState Judge(GrantRecord grant, RefreshToken token)
    {
        var now = clock.GetUtcNow();
        var hash = token.Hash;
        return grant.Refresh is not { } family ? (grant.IsLive ? JudgeNewer(grant, token, grant.ExpiresAt) : RefreshTokenState.Replayed)
            : hash == family.CurrentHash ? (now < family.CurrentExpiresAt ? RefreshTokenState.Current : RefreshTokenState.Expired)
            : hash == family.PreviousHash ? (now < family.PreviousExpiresAt ? RefreshTokenState.Previous : RefreshTokenState.Expired)
            : token.Generation > family.Generation ? JudgeNewer(grant, token, family.CurrentExpiresAt)
            : RefreshTokenState.Replayed;
    }

    // A live grant without a family has lost the redemption itself: anything that ends a family ends its grant.
    private RefreshTokenState JudgeNewer(GrantRecord grant, RefreshToken token, DateTimeOffset expiresAt) =>
        clock.GetUtcNow() >= expiresAt ? RefreshTokenState.Expired
        : token.IsBound && grant.RefreshKey is null ? RefreshTokenState.NewerWithoutKey
        : RefreshTokenState.Newer;

    /// <summary>Redeems the code of a grant, once among concurrent requests, and starts its refresh token family in the same
    /// write.</summary>
    /// <param name="grantId">The grant.</param>
    /// <param name="mayRefresh">Whether the client gets a refresh token.</param>
    /// <param name="boundTo">The key whose proof it and its successors require from now on.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async Task<CodeRedemption> RedeemAsync(string grantId, bool mayRefresh, string? boundTo, CancellationToken cancellationToken)
    {
        var key = (await keys.DeriveAsync(KeyPurpose.RefreshTokenMac, cancellationToken))[0];
        var token = RefreshToken.Create(grantId, generation: 1, isBound: boundTo is not null, key);
        var (_, redeemed) = await records.ChangeAsync(
            StoreKeys.Grant,
            grantId,
            grant =>
                grant is not { IsLive: true, Code: { RedeemedAt: null } code } ? null
                : mayRefresh ? WithFamily(Redeem(grant, code), First(grant, token), boundTo)
                : Redeem(grant, code),
            cancellationToken
        );
        return new CodeRedemption(
            Succeeded: redeemed is not null,
            redeemed?.Refresh is { } family ? new IssuedRefreshToken(token.Value, family.CurrentExpiresAt) : null
        );
    }

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
                    || (state = Judge(grant, token)) is not (RefreshTokenState.Current or RefreshTokenState.Newer)
                )
                {
                    return null;
                }

                var generation = Math.Max(grant.Refresh?.Generation ?? 0, token.Generation) + 1;
                successor = RefreshToken.Create(grant.Id, generation, isBound: (grant.RefreshKey ?? boundTo) is not null, key);
                return WithFamily(grant, Next(grant, token, successor, boundTo), boundTo);
            },
            cancellationToken
        );
        if (rotated is not null && state == RefreshTokenState.Newer)
        {
            ReportLoss(rotated, Rotated);
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
        switch (Judge(grant, token))
        {
            case RefreshTokenState.Previous when left.IsBoundByRotation == true && grant.RefreshKey != boundTo:
                // Two parties have the token: one has bound it, and the other does not have that key. Either may be the attacker.
                await EndForReplayAsync(grant, cancellationToken);
                return null;
            case RefreshTokenState.Previous:
                metrics.RefreshRetried();
                if (left.RotatedFrom is { } mark && mark != token.Mark(origins.Network))
                {
                    audit.RefreshTokenRetriedElsewhere(grant);
                }

                return new(token.OpenSuccessor(left.Successor!), left.CurrentExpiresAt);
            case RefreshTokenState.Replayed:
                await EndForReplayAsync(grant, cancellationToken);
                return null;
            default:
                return null;
        }
    }

    /// <summary>Two parties must have had the token: the installation's whole family ends (OAuth 2.1 §4.3.1).</summary>
    public async Task EndForReplayAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        if (await grants.RevokeAsync(grant.Id, cancellationToken))
        {
            LogReplayed(grant.Id, grant.ClientId);
            audit.RefreshTokenReplayed(grant);
        }
    }

    /// <summary>A token that is newer than its record: not a theft, but a store that lost a write.</summary>
    /// <param name="grant">The grant from the store.</param>
    /// <param name="outcome">What happened to the token.</param>
    public void ReportLoss(GrantRecord grant, string outcome)
    {
        LogNewer(grant.Id, grant.ClientId, outcome);
        audit.RefreshTokenNewer(grant, outcome);
    }

    private DateTimeOffset NextExpiry(GrantRecord grant)
    {
        var idle = clock.GetUtcNow() + lifetimes.RefreshToken(grant.Resource);
        var absolute = grant.CreatedAt + options.Value.RefreshTokenAbsoluteLifetime;
        return idle < absolute ? idle : absolute;
    }

    private GrantRecord Redeem(GrantRecord grant, AuthorizationCodeRecord code) => grant with { Code = code.Redeem(clock.GetUtcNow()) };

    private RefreshTokenFamily First(GrantRecord grant, RefreshToken token) =>
        new()
        {
            Generation = 1,
            CurrentHash = token.Hash,
            CurrentExpiresAt = NextExpiry(grant),
        };

    private RefreshTokenFamily Next(GrantRecord grant, RefreshToken token, RefreshToken successor, string? boundTo) =>
        new()
        {
            Generation = successor.Generation,
            CurrentHash = successor.Hash,
            CurrentExpiresAt = NextExpiry(grant),
            PreviousHash = token.Hash,
            PreviousExpiresAt = grant.Refresh?.CurrentExpiresAt ?? grant.ExpiresAt,
            Successor = token.SealSuccessor(successor.Value),
            IsBoundByRotation = grant.RefreshKey is null && boundTo is not null ? true : null,
            RotatedFrom = token.Mark(origins.Network),
        };

    private GrantRecord WithFamily(GrantRecord grant, RefreshTokenFamily family, string? boundTo)
    {
        var now = clock.GetUtcNow();
        return grant with
        {
            // Redeemed, whatever the record says: its tokens are in use.
            Code = grant.Code?.IsRemembered(now) == true ? grant.Code.Redeem(now) : null,
            Refresh = family,
            RefreshKey = grant.RefreshKey ?? boundTo,
            LastUsedAt = now,
            ExpiresAt = family.CurrentExpiresAt + lifetimes.AccessToken(grant.Resource) + Grants.Margin,
        };
    }

    [LoggerMessage(
        1302,
        LogLevel.Warning,
        "A refresh token of grant {GrantId}, client {ClientId}, was reused after its successor, or without the key that it "
            + "is bound to: the grant was ended."
    )]
    private partial void LogReplayed(string grantId, string clientId);

    [LoggerMessage(
        2801,
        LogLevel.Warning,
        "A refresh token of grant {GrantId}, client {ClientId}, is newer than its record, and was {Outcome}: the store lost a write "
            + "in a failover or a restored backup. If Redis has replicas, set McpOidc:Redis:WaitForReplicas."
    )]
    private partial void LogNewer(string grantId, string clientId, string outcome);
}
