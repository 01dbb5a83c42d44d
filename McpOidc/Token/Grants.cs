using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Token;

/// <summary>The grants: one per installation of a client.</summary>
internal sealed partial class Grants(
    RecordStore records, IMcpOidcStore store, IOptions<TokenOptions> lifetimes, TimeProvider clock, ILogger<Grants> logger)
{
    /// <summary>A grant outlives its tokens by this much, so that clocks that differ see it as long as the tokens.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMinutes(2);

    /// <summary>Enough for writers that meet on one record; each round one of them succeeds.</summary>
    private const int MaximumAttempts = 200;

    public ValueTask<Versioned<GrantRecord>?> FindAsync(string grantId, CancellationToken cancellationToken)
        => records.GetAsync(StoreKeys.Grant, grantId, cancellationToken);

    public async Task CreateAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        if (await records.AddAsync(StoreKeys.Grant, grant.Id, grant, grant.ExpiresAt, cancellationToken,
                StoreKeys.GrantsOfUser(grant.Subject), StoreKeys.GrantsOfClient(grant.ClientId)) is null)
        {
            throw new InvalidOperationException("A random 128-bit grant id was taken.");
        }
    }

    /// <summary>The expiry of a grant from which nothing but a code and an access token descends yet.</summary>
    public DateTimeOffset InitialExpiry()
        => clock.GetUtcNow() + lifetimes.Value.AuthorizationCodeLifetime + lifetimes.Value.AccessTokenLifetime + Margin;

    /// <summary>Ends a grant: its code, its refresh tokens and its access tokens are dead from here on.</summary>
    /// <returns>Whether it was live.</returns>
    public async Task<bool> RevokeAsync(string grantId, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            if (await FindAsync(grantId, cancellationToken) is not { Value.IsLive: true } found)
            {
                return false;
            }

            var revoked = found.Value with { RevokedAt = clock.GetUtcNow(), Refresh = null };
            if (await records.ReplaceAsync(StoreKeys.Grant, grantId, found.Version, revoked, revoked.ExpiresAt, cancellationToken) is not null)
            {
                LogRevoked(grantId, revoked.ClientId);
                return true;
            }
        }

        throw new StoreUnavailableException("A grant changed too often to be revoked.");
    }

    public Task RevokeOfClientAsync(string clientId, CancellationToken cancellationToken)
        => RevokeAllAsync(StoreKeys.GrantsOfClient(clientId), cancellationToken);

    public Task RevokeOfUserAsync(string subject, CancellationToken cancellationToken)
        => RevokeAllAsync(StoreKeys.GrantsOfUser(subject), cancellationToken);

    private async Task RevokeAllAsync(string index, CancellationToken cancellationToken)
    {
        await foreach (var key in store.ListAsync(index, cancellationToken))
        {
            await RevokeAsync(StoreKeys.Grant.Id(key), cancellationToken);
        }
    }

    [LoggerMessage(1301, LogLevel.Information, "Grant {GrantId} of client {ClientId} ended: its tokens are dead.")]
    private partial void LogRevoked(string grantId, string clientId);
}
