using McpOidc.Configuration;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Upstream;

/// <summary>
/// Refreshes a user's tokens at the identity provider, once for all callers of all processes: within a process they share one task, between
/// processes a lease in the store. The new tokens are written before anybody is given them, and only over those they came from.
/// </summary>
internal sealed partial class IdpTokenRefresher(
    UserSessions users, IMcpOidcStore store, IIdentityProvider provider, IOptions<UpstreamOptions> options, TimeProvider clock, ILogger<IdpTokenRefresher> logger)
    : IIdpTokenRefresher
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);
    private readonly SingleFlight<IdpRefreshOutcome> _flights = new();

    public async ValueTask<IdpRefreshOutcome> RefreshAsync(string subject, CancellationToken cancellationToken)
        => await _flights.RunAsync(subject, () => RefreshUnderLeaseAsync(subject), cancellationToken);

    private async Task<IdpRefreshOutcome> RefreshUnderLeaseAsync(string subject)
    {
        // A lease is held no longer than a request to the provider may take; whoever waits for it gives up a little later.
        var leaseTime = options.Value.Timeout + s_margin;
        using var deadline = new CancellationTokenSource(leaseTime + s_margin);
        try
        {
            while (true)
            {
                if (await FindStaleAsync(subject, deadline.Token) is not { } stale)
                {
                    return IdpRefreshOutcome.Fresh;
                }

                if (string.IsNullOrEmpty(stale.RefreshToken))
                {
                    return IdpRefreshOutcome.Ended;
                }

                if (await store.AddAsync(StoreKeys.RefreshLease(subject), new StoreWrite(ReadOnlyMemory<byte>.Empty, clock.GetUtcNow() + leaseTime), deadline.Token) is { } lease)
                {
                    return await RefreshWithLeaseAsync(subject, lease, deadline.Token);
                }

                // Another process is at it. The store has no way to tell when it is done, and it takes about as long as one request.
                await Task.Delay(s_poll, deadline.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or StoreUnavailableException)
        {
            LogUnavailable(exception);
            return IdpRefreshOutcome.Unavailable;
        }
    }

    private async Task<IdpRefreshOutcome> RefreshWithLeaseAsync(string subject, long lease, CancellationToken cancellationToken)
    {
        try
        {
            // Looked at again: the tokens may have been refreshed between the first look and the lease.
            return await FindStaleAsync(subject, cancellationToken) is { RefreshToken: { Length: > 0 } refreshToken } held
                ? await RefreshAsync(subject, held, refreshToken, cancellationToken)
                : IdpRefreshOutcome.Fresh;
        }
        catch (IdentityProviderException exception) when (exception.Error is null)
        {
            LogUnavailable(exception);
            return IdpRefreshOutcome.Unavailable;
        }
        finally
        {
            await store.RemoveAsync(StoreKeys.RefreshLease(subject), lease, CancellationToken.None);
        }
    }

    private async Task<IdpRefreshOutcome> RefreshAsync(string subject, IdpTokenSet held, string refreshToken, CancellationToken cancellationToken)
    {
        try
        {
            var fresh = await provider.RefreshAsync(refreshToken, cancellationToken);
            await users.UpdateAsync(subject, user => IsSame(user, held) ? user with { Tokens = Merge(fresh, held) } : null, cancellationToken);
            return IdpRefreshOutcome.Fresh;
        }
        catch (IdentityProviderException exception) when (exception.Error is not null)
        {
            LogEnded(subject, exception);
            await users.UpdateAsync(subject, user => IsSame(user, held) ? user with { Tokens = null } : null, cancellationToken);
            return IdpRefreshOutcome.Ended;
        }
    }

    // The fence: a sign-in in between brought newer tokens, and those stay.
    private static bool IsSame(UserRecord user, IdpTokenSet held) => user.Tokens?.RefreshToken == held.RefreshToken;

    private static IdpTokenSet Merge(IdpTokenSet fresh, IdpTokenSet held)
        => UserSessions.KeepRefreshToken(fresh with { IdToken = fresh.IdToken ?? held.IdToken, Scope = fresh.Scope ?? held.Scope }, held)!;

    private async Task<IdpTokenSet?> FindStaleAsync(string subject, CancellationToken cancellationToken)
        => (await users.FindAsync(subject, cancellationToken))?.Tokens is { ExpiresAt: { } expiresAt } tokens
            && expiresAt - options.Value.RefreshBefore <= clock.GetUtcNow() ? tokens : null;

    [LoggerMessage(1405, LogLevel.Warning, "The identity provider's tokens could not be refreshed now; what is held is kept.")]
    private partial void LogUnavailable(Exception exception);

    [LoggerMessage(1406, LogLevel.Warning, "The identity provider ended the sign-in of user {Subject}: the person has to sign in again.")]
    private partial void LogEnded(string subject, Exception exception);
}
