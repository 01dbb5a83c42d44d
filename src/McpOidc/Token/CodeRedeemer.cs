using McpOidc.Keys;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;

namespace McpOidc.Token;

/// <summary>Redeems the code of a grant, once among concurrent requests, and starts its refresh token family in the same write.</summary>
internal sealed partial class CodeRedeemer(RefreshTokenFamilies families, RecordStore records, IRootKeys keys, ILogger<CodeRedeemer> logger)
{
    /// <param name="grantId">The grant.</param>
    /// <param name="mayRefresh">Whether the client gets a refresh token.</param>
    /// <param name="boundTo">The key whose proof it and its successors require from now on.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async Task<CodeRedemption> RedeemAsync(string grantId, bool mayRefresh, string? boundTo, CancellationToken cancellationToken)
    {
        var key = (await keys.DeriveAsync(KeyPurpose.RefreshTokenMac, cancellationToken))[0];
        RefreshToken? token = null;
        GrantRecord? before = null;
        GrantRecord? redeemed = null;
        try
        {
            await records.ChangeAsync(StoreKeys.Grant, grantId, Redeem, cancellationToken);
        }
        catch (StoreUnavailableException) when (redeemed is not null)
        {
            await TakeBackAsync(before!, redeemed);
            throw;
        }

        return new CodeRedemption(
            Succeeded: redeemed is not null,
            redeemed?.Refresh is { } family ? new IssuedRefreshToken(token!.Value, family.CurrentExpiresAt) : null
        );

        GrantRecord? Redeem(GrantRecord? grant)
        {
            before = grant;
            return redeemed =
                grant is not { IsLive: true, Code: { RedeemedAt: null } code } ? null
                : mayRefresh ? families.WithFamily(families.Redeem(grant, code), FirstFamily(grant), boundTo)
                : families.Redeem(grant, code);
        }

        RefreshTokenFamily FirstFamily(GrantRecord grant) =>
            families.First(grant, token = RefreshToken.Create(grant, generation: 1, isBound: boundTo is not null, key));
    }

    // The store may have it although it did not confirm it. Its tokens were given to no one, so the client may redeem the code again;
    // otherwise that would look like a replay.
    private async Task TakeBackAsync(GrantRecord before, GrantRecord redeemed)
    {
        LogTakenBack(before.Id);
        try
        {
            await records.ChangeAsync(StoreKeys.Grant, before.Id, Restore, CancellationToken.None);
        }
        catch (StoreUnavailableException exception)
        {
            // Taken back without confirmation, as it was redeemed; or the store is away.
            LogNotConfirmed(before.Id, exception);
        }

        GrantRecord? Restore(GrantRecord? current) =>
            current is { IsLive: true, Code: { } code }
            && code.RedeemedAt == redeemed.Code?.RedeemedAt
            && current.Refresh?.CurrentHash == redeemed.Refresh?.CurrentHash
                ? current with
                {
                    Code = before.Code,
                    Refresh = null,
                    RefreshKey = before.RefreshKey,
                    LastUsedAt = before.LastUsedAt,
                    ExpiresAt = before.ExpiresAt,
                }
                : null;
    }

    [LoggerMessage(
        2993,
        LogLevel.Warning,
        "The store did not confirm that the code of grant {GrantId} was redeemed. No tokens were issued; the client may redeem it again."
    )]
    private partial void LogTakenBack(string grantId);

    [LoggerMessage(2994, LogLevel.Information, "Nor did it confirm that the code of grant {GrantId} is unused again.")]
    private partial void LogNotConfirmed(string grantId, Exception exception);
}
