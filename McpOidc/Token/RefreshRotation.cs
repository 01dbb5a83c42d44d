using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Storage;
using McpOidc.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Token;

/// <summary>
/// Refresh token rotation (OAuth 2.1 §4.3.1) that loses nobody: one compare-and-swap on the grant, and until the successor of a token is
/// first used every retry of that token gets the same successor, on whichever instance. Only a token older than that is theft.
/// </summary>
internal sealed partial class RefreshRotation(
    Grants grants, RecordStore records, IRootKeys keys, IOptions<TokenOptions> options, Lifetimes lifetimes, TimeProvider clock, AuditLog audit, Metrics metrics, ILogger<RefreshRotation> logger)
{
    private const int MaximumAttempts = 200;

    public async ValueTask<RefreshToken?> ReadAsync(string? value, CancellationToken cancellationToken)
        => RefreshToken.Read(value, await keys.DeriveAsync(KeyPurpose.RefreshTokenMac, cancellationToken));

    public RefreshTokenState Judge(GrantRecord grant, RefreshToken token)
    {
        var now = clock.GetUtcNow();
        var hash = token.Hash;
        return grant.Refresh is not { } family ? RefreshTokenState.Replayed
            : hash == family.CurrentHash ? (now < family.CurrentExpiresAt ? RefreshTokenState.Current : RefreshTokenState.Expired)
            : hash == family.PreviousHash ? (now < family.PreviousExpiresAt ? RefreshTokenState.Previous : RefreshTokenState.Expired)
            : RefreshTokenState.Replayed;
    }

    /// <summary>Redeems the code of a grant, once of any number of times at once, and begins its refresh token family in the same write.</summary>
    /// <param name="grantId">The grant.</param>
    /// <param name="mayRefresh">Whether the client gets a refresh token.</param>
    /// <param name="boundTo">The key whose proof it and its successors need from here on.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<CodeRedemption> RedeemAsync(string grantId, bool mayRefresh, string? boundTo, CancellationToken cancellationToken)
    {
        var token = RefreshToken.Create(grantId, (await keys.DeriveAsync(KeyPurpose.RefreshTokenMac, cancellationToken))[0].Value);
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            if (await grants.RecallAsync(grantId, cancellationToken) is not { Value: { IsLive: true, Code: { RedeemedAt: null } code } } found)
            {
                return new CodeRedemption(Succeeded: false);
            }

            var redeemed = found with { Value = found.Value with { Code = code.Redeem(clock.GetUtcNow()) } };
            var family = new RefreshTokenFamily { Generation = 1, CurrentHash = token.Hash, CurrentExpiresAt = NextExpiry(found.Value) };
            if (mayRefresh ? await TryWriteAsync(redeemed, family, boundTo, cancellationToken) : await TryWriteAsync(redeemed, cancellationToken))
            {
                return new CodeRedemption(Succeeded: true, mayRefresh ? token.Value : null);
            }
        }

        throw new StoreUnavailableException("A grant changed too often for its code to be redeemed.");
    }

    /// <summary>The successor of a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="boundTo">The key that was proven with it; binds a family that was not bound before.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns><see langword="null"/> when the token cannot be used any more.</returns>
    public async Task<string?> RotateAsync(RefreshToken token, string? boundTo, CancellationToken cancellationToken)
    {
        var successor = RefreshToken.Create(token.GrantId, (await keys.DeriveAsync(KeyPurpose.RefreshTokenMac, cancellationToken))[0].Value);
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            if (await grants.RecallAsync(token.GrantId, cancellationToken) is not { Value: { IsLive: true, Refresh: { } family } } found)
            {
                return null;
            }

            switch (Judge(found.Value, token))
            {
                case RefreshTokenState.Current:
                    var next = new RefreshTokenFamily
                    {
                        Generation = family.Generation + 1,
                        CurrentHash = successor.Hash,
                        CurrentExpiresAt = NextExpiry(found.Value),
                        PreviousHash = family.CurrentHash,
                        PreviousExpiresAt = family.CurrentExpiresAt,
                        Successor = token.SealSuccessor(successor.Value),
                    };
                    if (await TryWriteAsync(found, next, boundTo, cancellationToken))
                    {
                        return successor.Value;
                    }

                    continue;
                case RefreshTokenState.Previous:
                    metrics.RefreshRetried();
                    return token.OpenSuccessor(family.Successor!);
                case RefreshTokenState.Replayed:
                    await EndForReplayAsync(found.Value, cancellationToken);
                    return null;
                default:
                    return null;
            }
        }

        throw new StoreUnavailableException("A grant changed too often to be refreshed.");
    }

    /// <summary>A token whose successor was already used came back: the installation's whole family ends (OAuth 2.1 §4.3.1).</summary>
    public async Task EndForReplayAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        if (await grants.RevokeAsync(grant.Id, cancellationToken))
        {
            LogReplayed(grant.Id, grant.ClientId);
            audit.RefreshTokenReplayed(grant);
        }
    }

    private DateTimeOffset NextExpiry(GrantRecord grant)
    {
        var idle = clock.GetUtcNow() + lifetimes.RefreshToken(grant.Resource);
        var absolute = grant.CreatedAt + options.Value.RefreshTokenAbsoluteLifetime;
        return idle < absolute ? idle : absolute;
    }

    private Task<bool> TryWriteAsync(Versioned<GrantRecord> found, RefreshTokenFamily family, string? boundTo, CancellationToken cancellationToken)
    {
        var (grant, now) = (found.Value, clock.GetUtcNow());
        return TryWriteAsync(
            found with
            {
                Value = grant with
                {
                    Code = grant.Code?.IsRemembered(now) == true ? grant.Code : null,
                    Refresh = family,
                    RefreshKey = grant.RefreshKey ?? boundTo,
                    LastUsedAt = now,
                    ExpiresAt = family.CurrentExpiresAt + lifetimes.AccessToken(grant.Resource) + Grants.Margin,
                },
            },
            cancellationToken);
    }

    private async Task<bool> TryWriteAsync(Versioned<GrantRecord> changed, CancellationToken cancellationToken)
        => await records.ReplaceAsync(StoreKeys.Grant, changed.Value.Id, changed.Version, changed.Value, changed.Value.ExpiresAt, cancellationToken, Grants.IndexesOf(changed.Value)) is not null;

    [LoggerMessage(1302, LogLevel.Warning, "A refresh token of grant {GrantId}, client {ClientId}, was used again after its successor was used: the grant ended.")]
    private partial void LogReplayed(string grantId, string clientId);
}
