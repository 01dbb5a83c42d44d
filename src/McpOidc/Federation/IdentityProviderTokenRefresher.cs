using McpOidc.Configuration;
using McpOidc.Logout;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;

namespace McpOidc.Federation;

/// <summary>
/// Refreshes a user's tokens at the identity provider, once for all callers of all processes: within a process they share one task, between
/// processes a lease in the store. The new tokens are written before anybody is given them, and only over those they came from.
/// </summary>
internal sealed partial class IdentityProviderTokenRefresher(
    UserSessions users,
    RefreshLeases leases,
    IdentityProviderTokenWritingHostedService writer,
    UserSignOut endUser,
    IdentityProviders providers,
    TimeProvider clock,
    ILogger<IdentityProviderTokenRefresher> logger
) : IIdentityProviderTokenRefresher
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);
    private static readonly IdentityProviderOptions s_unknown = new();
    private readonly SingleFlight<IdentityProviderRefreshOutcome> _flights = new();

    public async ValueTask<IdentityProviderRefreshOutcome> RefreshAsync(string subject, CancellationToken cancellationToken) =>
        await _flights.RunAsync(subject, () => RefreshUnderLeaseAsync(subject, EndsSoon), cancellationToken);

    /// <summary>Asks the provider whether the person is still there, by refreshing tokens that it has not confirmed for a while.</summary>
    public async ValueTask<IdentityProviderRefreshOutcome> ConfirmAsync(string subject, CancellationToken cancellationToken) =>
        await _flights.RunAsync($"{subject} is there", () => RefreshUnderLeaseAsync(subject, IsUnconfirmed), cancellationToken);

    /// <summary>Whether the provider has to be asked about a person at the next refresh of a client.</summary>
    public bool IsUnconfirmed(UserRecord user) =>
        user.Tokens is { RefreshToken.Length: > 0 }
        && clock.GetUtcNow() - (user.ConfirmedAt ?? user.SignedInAt) >= OptionsOf(user).UserCheckInterval;

    private async Task<IdentityProviderRefreshOutcome> RefreshUnderLeaseAsync(string subject, Func<UserRecord, bool> isDue)
    {
        // A lease is used no longer than a request to the provider may take; who waits for it waits until it can be taken over.
        var longest = providers.All.Max(provider => provider.Options.Timeout) + s_margin;
        using var deadline = new CancellationTokenSource((longest * 2) + s_margin);
        try
        {
            await writer.Pending(subject).WaitAsync(deadline.Token);
            var wait = new LeaseWait();
            while (true)
            {
                if (await FindDueAsync(subject, isDue, deadline.Token) is not { } due)
                {
                    return IdentityProviderRefreshOutcome.Fresh;
                }

                if (string.IsNullOrEmpty(due.RefreshToken))
                {
                    return IdentityProviderRefreshOutcome.Ended;
                }

                if (await leases.TryTakeAsync(subject, wait, longest, deadline.Token) is { } lease)
                {
                    return await RefreshWithLeaseAsync(lease, isDue, deadline.Token);
                }

                // Another process is at it, and takes about as long as one request.
                await Task.Delay(s_poll, deadline.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or StoreUnavailableException)
        {
            LogUnavailable(exception);
            return IdentityProviderRefreshOutcome.Unavailable;
        }
    }

    private async Task<IdentityProviderRefreshOutcome> RefreshWithLeaseAsync(
        RefreshLease lease,
        Func<UserRecord, bool> isDue,
        CancellationToken cancellationToken
    )
    {
        var writing = Task.CompletedTask;
        try
        {
            // Looked at again: the tokens may have been refreshed between the first look and the lease.
            if (await FindDueAsync(lease.Subject, isDue, cancellationToken) is not { RefreshToken: { Length: > 0 } refreshToken } held)
            {
                return IdentityProviderRefreshOutcome.Fresh;
            }

            var (outcome, change) = await AskProviderAsync(lease, held, refreshToken, cancellationToken);
            writing = writer.WriteAsync(lease.Subject, change);
            await writing.WaitAsync(cancellationToken);
            if (outcome == IdentityProviderRefreshOutcome.Ended)
            {
                await EndSessionsAsync(lease, cancellationToken);
            }

            return outcome;
        }
        catch (IdentityProviderException exception) when (exception.Error is null)
        {
            LogUnavailable(exception);
            return IdentityProviderRefreshOutcome.Unavailable;
        }
        finally
        {
            // Whoever has the lease next must find the new tokens.
            var release = ReleaseAfterAsync(writing, lease);
            if (writing.IsCompleted)
            {
                await release;
            }
        }
    }

    private async Task ReleaseAfterAsync(Task writing, RefreshLease lease)
    {
        await writing;
        try
        {
            await leases.ReleaseAsync(lease);
        }
        catch (StoreUnavailableException exception)
        {
            // It is taken over.
            LogUnavailable(exception);
        }
    }

    private async Task<(IdentityProviderRefreshOutcome Outcome, Func<UserRecord, UserRecord?> Change)> AskProviderAsync(
        RefreshLease lease,
        IdentityProviderTokenSet held,
        string refreshToken,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var provider = await ProviderOfAsync(lease.Subject, cancellationToken);
            var fresh = await provider.RefreshAsync(refreshToken, cancellationToken);
            var confirmedAt = clock.GetUtcNow();
            return (
                IdentityProviderRefreshOutcome.Fresh,
                user => IsSame(user, held) ? user with { Tokens = Merge(fresh, held), ConfirmedAt = confirmedAt } : null
            );
        }
        catch (IdentityProviderException exception) when (exception.Error is not null)
        {
            LogEnded(lease.Subject, exception);
            return (IdentityProviderRefreshOutcome.Ended, user => IsSame(user, held) ? user with { Tokens = null } : null);
        }
    }

    // Not where a process died with the lease: it may have got new tokens, and the provider refuses the old ones for that reason only.
    private async Task EndSessionsAsync(RefreshLease lease, CancellationToken cancellationToken)
    {
        if (
            !lease.HolderDied
            && await users.FindAsync(lease.Subject, cancellationToken) is { Tokens: null } user
            && OptionsOf(user).EndsSessionsWithProvider
        )
        {
            await endUser.EndAsync(lease.Subject, cancellationToken);
        }
    }

    private async Task<IIdentityProvider> ProviderOfAsync(string subject, CancellationToken cancellationToken) =>
        providers.Find((await users.FindAsync(subject, cancellationToken))?.ProviderName)?.Provider
        ?? throw new IdentityProviderException("The provider at which the person signed in is not configured any more.");

    private IdentityProviderOptions OptionsOf(UserRecord user) => providers.Find(user.ProviderName)?.Options ?? s_unknown;

    // The fence: tokens that came in between, by a sign-in or from a process whose lease followed ours, are newer, and they stay.
    private static bool IsSame(UserRecord user, IdentityProviderTokenSet held) =>
        user.Tokens is { } current && current.RefreshToken == held.RefreshToken && current.AccessToken == held.AccessToken;

    private static IdentityProviderTokenSet Merge(IdentityProviderTokenSet fresh, IdentityProviderTokenSet held) =>
        UserSessions.KeepRefreshToken(fresh with { IdToken = fresh.IdToken ?? held.IdToken, Scope = fresh.Scope ?? held.Scope }, held)!;

    private async Task<IdentityProviderTokenSet?> FindDueAsync(
        string subject,
        Func<UserRecord, bool> isDue,
        CancellationToken cancellationToken
    ) => await users.FindAsync(subject, cancellationToken) is { Tokens: { } tokens } user && isDue(user) ? tokens : null;

    private bool EndsSoon(UserRecord user) =>
        user.Tokens?.ExpiresAt is { } expiresAt && expiresAt - OptionsOf(user).RefreshBefore <= clock.GetUtcNow();

    [LoggerMessage(1405, LogLevel.Warning, "The identity provider's tokens could not be refreshed now; what is held is kept.")]
    private partial void LogUnavailable(Exception exception);

    [LoggerMessage(1406, LogLevel.Warning, "The identity provider ended the sign-in of user {Subject}: the person has to sign in again.")]
    private partial void LogEnded(string subject, Exception exception);
}
