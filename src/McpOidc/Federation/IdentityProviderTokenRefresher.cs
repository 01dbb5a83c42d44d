using McpOidc.Configuration;
using McpOidc.Logout;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;

namespace McpOidc.Federation;

/// <summary>
/// Refreshes a user's tokens at the identity provider, once for all callers in all processes: within a process they share one task,
/// between processes a lease in the store. New tokens are stored before any caller gets them, and only in place of those they were derived
/// from.
/// </summary>
internal sealed partial class IdentityProviderTokenRefresher(
    UserSessions users,
    RefreshLeases leases,
    IdentityProviderTokenWritingHostedService writer,
    UserSignOut endUser,
    IdentityProviders providers,
    RenewedClaims claims,
    TimeProvider clock,
    ILogger<IdentityProviderTokenRefresher> logger
) : IIdentityProviderTokenRefresher
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);

    /// <summary>Tokens younger than this are not refreshed because an API rejected them: age is not the cause.</summary>
    private static readonly TimeSpan s_young = TimeSpan.FromMinutes(1);
    private static readonly IdentityProviderOptions s_unknown = new();
    private readonly SingleFlight<IdentityProviderRefresh> _flights = new();

    public async ValueTask<IdentityProviderRefresh> RefreshAsync(string subject, string? refused, CancellationToken cancellationToken) =>
        refused is null
            ? await _flights.RunAsync(subject, () => RefreshUnderLeaseAsync(subject, EndsSoon, refused), cancellationToken)
            : await _flights.RunAsync(
                $"{subject} {refused}",
                () => RefreshUnderLeaseAsync(subject, user => EndsSoon(user) || MayForce(user, refused), refused),
                cancellationToken
            );

    /// <summary>Checks whether the provider still knows the user, by refreshing tokens that it has not confirmed for a while.</summary>
    public async ValueTask<IdentityProviderRefresh> ConfirmAsync(string subject, CancellationToken cancellationToken) =>
        await _flights.RunAsync(
            $"{subject} is there",
            () => RefreshUnderLeaseAsync(subject, IsUnconfirmed, refused: null),
            cancellationToken
        );

    /// <summary>Whether the provider must check a user at a client's next refresh. A user whose provider refresh token was lost is not
    /// confirmed.</summary>
    public bool IsUnconfirmed(UserRecord user) =>
        (
            user.Tokens is null or { RefreshToken.Length: > 0 }
            || user.NeedsPersonSince is not null
            || providers.Find(user.ProviderName)?.Provider is OAuthIdentityProvider
        )
        && clock.GetUtcNow() - (user.ConfirmedAt ?? user.SignedInAt) >= OptionsOf(user).CheckInterval;

    private async Task<IdentityProviderRefresh> RefreshUnderLeaseAsync(string subject, Func<UserRecord, bool> isDue, string? refused)
    {
        // A lease is used no longer than a request to the provider may take; other processes wait until they can take it over.
        var longest = providers.All.Max(provider => provider.Options.Timeout) + s_margin;
        using var deadline = new CancellationTokenSource((longest * 2) + s_margin);
        try
        {
            await writer.Pending(subject).WaitAsync(deadline.Token);
            var wait = new LeaseWait();
            while (true)
            {
                if (await users.FindAsync(subject, deadline.Token) is not { } user)
                {
                    return IdentityProviderRefresh.Fresh;
                }

                if (await DecideWithoutProviderAsync(user, isDue, refused, deadline.Token) is { } decided)
                {
                    return decided;
                }

                ProviderOf(user).State.ThrowIfLeftAlone();
                if (await leases.TryTakeAsync(subject, wait, longest, deadline.Token) is { } lease)
                {
                    return await RefreshWithLeaseAsync(lease, isDue, refused, deadline.Token);
                }

                // Another process is refreshing, which takes about as long as one request.
                await Task.Delay(s_poll, deadline.Token);
            }
        }
        catch (IdentityProviderException exception)
        {
            LogUnavailable(exception.Failure, "", exception);
            return new IdentityProviderRefresh(exception.Failure) { RetryAfter = exception.RetryAfter };
        }
        catch (Exception exception) when (exception is OperationCanceledException or StoreUnavailableException)
        {
            LogUnavailable(IdentityProviderFailure.Away, "", exception);
            return IdentityProviderRefresh.Away;
        }
    }

    /// <summary>Cases without a request: tokens that are fresh, and those that no request can restore.</summary>
    private async ValueTask<IdentityProviderRefresh?> DecideWithoutProviderAsync(
        UserRecord user,
        Func<UserRecord, bool> isDue,
        string? refused,
        CancellationToken cancellationToken
    )
    {
        if (user.Tokens is not { } tokens)
        {
            return IdentityProviderRefresh.Ended;
        }

        if (!isDue(user))
        {
            return IdentityProviderRefresh.Fresh;
        }

        if (user.NeedsPersonSince is not null)
        {
            return IdentityProviderRefresh.NeedsPerson;
        }

        if (!string.IsNullOrEmpty(tokens.RefreshToken))
        {
            return null;
        }

        var now = clock.GetUtcNow();
        if (tokens.ExpiresAt <= now)
        {
            await users.UpdateAsync(
                user.Subject,
                current => IsSame(current, tokens) ? current with { NeedsPersonSince = current.NeedsPersonSince ?? now } : null,
                cancellationToken
            );
            return IdentityProviderRefresh.Ended;
        }

        // Without a refresh token, the user endpoint can be called, if there is one.
        return ProviderOf(user).Provider is not OAuthIdentityProvider ? IdentityProviderRefresh.Ended
            : IsUnconfirmed(user) || refused is not null ? null
            : IdentityProviderRefresh.Fresh;
    }

    private async Task<IdentityProviderRefresh> RefreshWithLeaseAsync(
        RefreshLease lease,
        Func<UserRecord, bool> isDue,
        string? refused,
        CancellationToken cancellationToken
    )
    {
        var writing = Task.CompletedTask;
        try
        {
            // Read again: the tokens may have been refreshed between the first read and the lease.
            if (await users.FindAsync(lease.Subject, cancellationToken) is not { } user)
            {
                return IdentityProviderRefresh.Fresh;
            }

            if (await DecideWithoutProviderAsync(user, isDue, refused, cancellationToken) is { } decided)
            {
                return decided;
            }

            if (refused is not null && !EndsSoon(user))
            {
                // Recorded before the request: at most once per access token, whatever the result.
                await users.UpdateAsync(lease.Subject, current => current with { ForcedFor = refused }, cancellationToken);
            }

            var (answer, change, exception, fresh) = await AskProviderAsync(user, user.Tokens!, cancellationToken);
            writing = change is null ? Task.CompletedTask : writer.WriteAsync(lease.Subject, change);
            await writing.WaitAsync(cancellationToken);
            if (fresh is not null)
            {
                await claims.ReadAsync(ProviderOf(user), user, fresh, cancellationToken);
            }

            if (exception is not null)
            {
                await EndSessionsAsync(lease, user, exception, cancellationToken);
            }

            return answer;
        }
        finally
        {
            // The next holder of the lease must find the new tokens.
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
            // Another process has taken it over.
            LogUnavailable(IdentityProviderFailure.Away, "", exception);
        }
    }

    /// <summary>Calls the provider, and updates the vault with the result.</summary>
    private async Task<(
        IdentityProviderRefresh Answer,
        Func<UserRecord, UserRecord?>? Change,
        IdentityProviderException? Exception,
        IdentityProviderTokenSet? Fresh
    )> AskProviderAsync(UserRecord user, IdentityProviderTokenSet held, CancellationToken cancellationToken)
    {
        var provider = ProviderOf(user);
        try
        {
            var fresh = await RenewAsync(provider.Provider, user, held, cancellationToken);
            provider.State.Succeeded();
            var confirmedAt = clock.GetUtcNow();
            return (
                IdentityProviderRefresh.Fresh,
                current =>
                    IsSame(current, held)
                        ? current with
                        {
                            Tokens = Merge(fresh, held),
                            ConfirmedAt = confirmedAt,
                            UnansweredToken = null,
                            NotSentAgainUntil = null,
                        }
                        : null,
                null,
                fresh
            );
        }
        catch (IdentityProviderException exception)
        {
            provider.State.Failed(exception);
            LogFailed(exception, user.Subject, provider);
            return (
                new IdentityProviderRefresh(exception.Failure) { RetryAfter = exception.RetryAfter },
                ChangeAfter(exception, held),
                exception,
                null
            );
        }
    }

    /// <summary>New tokens; the stored ones if the provider issues no others and confirms them.</summary>
    private static async ValueTask<IdentityProviderTokenSet> RenewAsync(
        IIdentityProvider provider,
        UserRecord user,
        IdentityProviderTokenSet held,
        CancellationToken cancellationToken
    )
    {
        if (held.RefreshToken is { Length: > 0 } refreshToken)
        {
            var request = new IdentityProviderRefreshRequest(refreshToken, user.Provider, user.IdentityProviderSubject);
            return await provider.RefreshAsync(request, cancellationToken);
        }

        await ((OAuthIdentityProvider)provider).ConfirmAsync(held.AccessToken, user.IdentityProviderSubject, cancellationToken);
        return held;
    }

    private Func<UserRecord, UserRecord?>? ChangeAfter(IdentityProviderException exception, IdentityProviderTokenSet held)
    {
        var now = clock.GetUtcNow();
        return exception switch
        {
            { Failure: IdentityProviderFailure.Ended } => user =>
                IsSame(user, held) ? user with { Tokens = null, NeedsPersonSince = now } : null,
            { Failure: IdentityProviderFailure.NeedsPerson } => user => IsSame(user, held) ? user with { NeedsPersonSince = now } : null,
            { MayHaveAnswered: true } when held.RefreshToken is { } sent && RefusedToken.DigestOf(sent) is var digest => user =>
                IsSame(user, held) && user.UnansweredToken != digest ? user with { UnansweredToken = digest } : null,
            _ => null,
        };
    }

    // Not if an earlier response was lost, with its process or in transit: it may have contained new tokens, and the provider rejects the
    // old ones only for that reason.
    private async Task EndSessionsAsync(
        RefreshLease lease,
        UserRecord asked,
        IdentityProviderException exception,
        CancellationToken cancellationToken
    )
    {
        if (
            exception.Failure == IdentityProviderFailure.Ended
            && await users.FindAsync(lease.Subject, cancellationToken) is { Tokens: null }
            && (exception.IsAboutAnother || (OptionsOf(asked).EndsSessionsWithProvider && !MayHaveBeenReplaced()))
        )
        {
            await endUser.EndAsync(lease.Subject, cancellationToken);
        }

        bool MayHaveBeenReplaced() =>
            asked.Tokens?.RefreshToken is { Length: > 0 } sent
            && (lease.HolderDied || (asked.UnansweredToken is { } digest && digest == RefusedToken.DigestOf(sent)));
    }

    private ConfiguredProvider ProviderOf(UserRecord user) =>
        providers.Find(user.ProviderName)
        ?? throw new IdentityProviderException("The identity provider at which the user signed in is no longer configured.")
        {
            Failure = IdentityProviderFailure.Misconfigured,
        };

    private IdentityProviderOptions OptionsOf(UserRecord user) => providers.Find(user.ProviderName)?.Options ?? s_unknown;

    // Fencing: tokens stored meanwhile, by a sign-in or a process with a later lease, are newer and are kept.
    private static bool IsSame(UserRecord user, IdentityProviderTokenSet held) =>
        user.Tokens is { } current && current.RefreshToken == held.RefreshToken && current.AccessToken == held.AccessToken;

    private static IdentityProviderTokenSet Merge(IdentityProviderTokenSet fresh, IdentityProviderTokenSet held) =>
        UserSessions.KeepRefreshToken(fresh with { IdToken = fresh.IdToken ?? held.IdToken, Scope = fresh.Scope ?? held.Scope }, held)!;

    private bool EndsSoon(UserRecord user) =>
        user.Tokens?.ExpiresAt is { } expiresAt && expiresAt - OptionsOf(user).RefreshBefore <= clock.GetUtcNow();

    private bool MayForce(UserRecord user, string refused) =>
        user.Tokens is { } tokens
        && user.ForcedFor != refused
        && RefusedToken.DigestOf(tokens.AccessToken) == refused
        && clock.GetUtcNow() - (user.ConfirmedAt ?? user.SignedInAt) >= s_young;

    private void LogFailed(IdentityProviderException exception, string subject, ConfiguredProvider provider)
    {
        if (exception.Failure is IdentityProviderFailure.Ended or IdentityProviderFailure.NeedsPerson)
        {
            LogEnded(subject, exception.Failure, exception);
        }
        else
        {
            LogUnavailable(exception.Failure, provider.Explain(exception), exception);
        }
    }

    [LoggerMessage(
        1405,
        LogLevel.Warning,
        "Refreshing the identity provider's tokens failed ({Failure}); the stored tokens are kept. {Explanation}"
    )]
    private partial void LogUnavailable(IdentityProviderFailure failure, string explanation, Exception exception);

    [LoggerMessage(
        1406,
        LogLevel.Warning,
        "The identity provider issues no more tokens for user {Subject} ({Failure}): the user must sign in again."
    )]
    private partial void LogEnded(string subject, IdentityProviderFailure failure, Exception exception);
}
