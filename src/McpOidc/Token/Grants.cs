using System.Runtime.CompilerServices;
using McpOidc.Revocation;
using McpOidc.Storage;
using McpOidc.Telemetry;
using Microsoft.Extensions.Logging;

namespace McpOidc.Token;

/// <summary>The grants: one per installation of a client.</summary>
internal sealed partial class Grants(
    RecordStore records,
    IMcpOidcStore store,
    RevocationLogWriter log,
    GrantOrigins origins,
    Lifetimes lifetimes,
    TimeProvider clock,
    Metrics metrics,
    ILogger<Grants> logger
)
{
    /// <summary>How much longer a grant is kept than its tokens, so that processes with different clocks see it as long as the
    /// tokens.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMinutes(2);

    public ValueTask<Versioned<GrantRecord>?> FindAsync(string grantId, CancellationToken cancellationToken) =>
        records.GetAsync(StoreKeys.Grant, grantId, cancellationToken);

    /// <summary>The grant as read by this request; a decision based on it is written by compare-and-swap.</summary>
    public ValueTask<Versioned<GrantRecord>?> RecallAsync(string grantId, CancellationToken cancellationToken) =>
        records.RecallAsync(StoreKeys.Grant, grantId, cancellationToken);

    /// <summary>Confirms a grant that was found, before answering on its basis.</summary>
    public ValueTask ConfirmAsync(string grantId, CancellationToken cancellationToken) =>
        records.ConfirmAsync(StoreKeys.Grant, grantId, cancellationToken);

    public async Task CreateAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        if (!await TryCreateAsync(grant, cancellationToken))
        {
            throw new InvalidOperationException("A random 128-bit grant id already exists.");
        }
    }

    /// <returns>Whether its id was unused.</returns>
    public async Task<bool> TryCreateAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        // A grant lives for minutes until its code is redeemed, and then as long as its refresh tokens.
        var indexedUntil = grant.CreatedAt + lifetimes.RefreshToken(grant.Resource) + lifetimes.AccessToken(grant.Resource) + Margin;
        return await records.AddAsync(
            StoreKeys.Grant,
            grant.Id,
            grant,
            grant.ExpiresAt,
            indexedUntil,
            cancellationToken,
            StoreKeys.Grant.IndexesOf(grant)
        )
            is not null;
    }

    /// <summary>Writes a grant over one with the same id that the same person created, and whose code is not redeemed.</summary>
    /// <returns>Whether there was such a grant.</returns>
    public async Task<bool> TryReplaceUnusedAsync(GrantRecord grant, CancellationToken cancellationToken) =>
        (
            await records.ChangeAsync(
                StoreKeys.Grant,
                grant.Id,
                current => current is { IsLive: true, Code.RedeemedAt: null } && current.Subject == grant.Subject ? grant : null,
                cancellationToken
            )
        ).After
            is not null;

    /// <summary>Removes a personal access token that the store may have although it did not confirm it.</summary>
    public async Task ForgetPersonalTokenAsync(string grantId, string hash)
    {
        try
        {
            if (await FindAsync(grantId, CancellationToken.None) is { Value.PersonalToken.Hash: var known } found && known == hash)
            {
                await records.RemoveAsync(StoreKeys.Grant, grantId, CancellationToken.None, found.Version);
            }
        }
        catch (StoreUnavailableException)
        {
            // Removed without confirmation, or the store is away: the caller reports it.
        }
    }

    /// <summary>Creates a grant for a single access token: without code or refresh token.</summary>
    public async Task<GrantRecord> CreateForAccessTokenAsync(
        string subject,
        string clientId,
        string provider,
        string[] scopes,
        string resource,
        CancellationToken cancellationToken
    )
    {
        var (now, id) = (clock.GetUtcNow(), OpaqueToken.CreateId());
        var grant = new GrantRecord
        {
            Id = id,
            Subject = subject,
            ClientId = clientId,
            Provider = provider,
            Scopes = scopes,
            Resource = resource,
            RedirectUri = "",
            Origin = await origins.SealAsync(id, cancellationToken),
            CreatedAt = now,
            AuthenticatedAt = now,
            ExpiresAt = now + lifetimes.AccessToken(resource) + Margin,
        };
        await CreateAsync(grant, cancellationToken);
        return grant;
    }

    /// <summary>The expiry of a grant with only a code and an access token so far.</summary>
    public DateTimeOffset InitialExpiry(string resource, TimeSpan codeLifetime) =>
        clock.GetUtcNow() + codeLifetime + lifetimes.AccessToken(resource) + Margin;

    /// <summary>Ends a grant: from then on its code, refresh tokens and access tokens are invalid everywhere.</summary>
    /// <returns>Whether it was live.</returns>
    /// <exception cref="StoreUnavailableException">It could not be stored, but running processes were notified.</exception>
    public async Task<bool> RevokeAsync(string grantId, CancellationToken cancellationToken)
    {
        var (wasLive, isNews) = await EndAsync(grantId, cancellationToken);
        await log.AppendAsync(isNews ? [grantId] : [], cancellationToken);
        return wasLive;
    }

    /// <summary>Removes a scope from a live grant.</summary>
    public async Task TakeBackAsync(string grantId, string scope, CancellationToken cancellationToken) =>
        await records.ChangeAsync(
            StoreKeys.Grant,
            grantId,
            grant =>
                grant is { IsLive: true } && grant.Scopes.Contains(scope) && grant.TakenBack?.Contains(scope) != true
                    ? grant with
                    {
                        TakenBack = [.. grant.TakenBack ?? [], scope],
                        PersonalToken = grant.PersonalToken is { } token ? token with { CheckedUntil = clock.GetUtcNow() } : null,
                    }
                    : null,
            cancellationToken
        );

    /// <returns>Whether it was live, and whether MCP servers may not have been notified yet.</returns>
    private async Task<(bool WasLive, bool IsNews)> EndAsync(string grantId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (before, ended) = await WriteEndAsync(grantId, now, cancellationToken);
        if (ended is not null)
        {
            metrics.Revoked();
            LogRevoked(grantId, ended.ClientId);
            return (true, true);
        }

        // The process that ended it may have crashed before publishing that.
        return (false, before is { RevokedAt: { } revokedAt } && now - revokedAt < lifetimes.LongestAccessToken + Margin);
    }

    private async ValueTask<Changed<GrantRecord>> WriteEndAsync(string grantId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            return await records.ChangeAsync(
                StoreKeys.Grant,
                grantId,
                grant => grant is { IsLive: true } ? End(grant, now) : null,
                cancellationToken
            );
        }
        catch (StoreUnavailableException)
        {
            await log.TellUnstoredAsync([grantId]);
            throw;
        }
    }

    // A personal access token may have had a year to go, and is remembered no longer than others.
    private GrantRecord End(GrantRecord grant, DateTimeOffset now)
    {
        var (ended, forgottenAt) = (grant with { RevokedAt = now, Refresh = null }, now + lifetimes.RefreshToken(grant.Resource));
        return grant.PersonalToken is not null && forgottenAt < grant.ExpiresAt ? ended with { ExpiresAt = forgottenAt } : ended;
    }

    /// <summary>Ends the grants of a user, of a client, or of both.</summary>
    /// <returns>How many were live until now.</returns>
    public ValueTask<long> RevokeAllAsync(
        string? subject,
        string? clientId,
        CancellationToken cancellationToken,
        Func<GrantRecord, bool>? which = null
    ) =>
        RevokeAllAsync(
            FindAllAsync(subject, clientId, cancellationToken).Where(grant => which?.Invoke(grant.Value) != false),
            ended: null,
            cancellationToken
        );

    /// <summary>Ends all grants.</summary>
    /// <returns>How many were live until now.</returns>
    public ValueTask<long> RevokeEverythingAsync(CancellationToken cancellationToken) =>
        RevokeAllAsync(ScanAsync(cancellationToken), ended: null, cancellationToken);

    /// <summary>Ends the grants of one page of <see cref="FindPageAsync"/>, so that a request is bounded however many there are.</summary>
    /// <param name="subject">The user; <see langword="null"/> for all users.</param>
    /// <param name="clientId">The client; <see langword="null"/> for all.</param>
    /// <param name="after">The end of the previous page.</param>
    /// <param name="size">The approximate number to read.</param>
    /// <param name="ended">Called for each grant that was live until now.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. Work completed before the cancellation is
    /// kept.</param>
    /// <returns>How many were live until now, and where the next page starts.</returns>
    public async ValueTask<(long Ended, string? Next)> RevokePageAsync(
        string? subject,
        string? clientId,
        string? after,
        int size,
        Action<GrantRecord> ended,
        CancellationToken cancellationToken
    )
    {
        var page = await FindPageAsync(subject, clientId, after, size, cancellationToken);
        return (await RevokeAllAsync(page.Grants.ToAsyncEnumerable(), ended, cancellationToken), page.Next);
    }

    private async ValueTask<long> RevokeAllAsync(
        IAsyncEnumerable<Versioned<GrantRecord>> grants,
        Action<GrantRecord>? ended,
        CancellationToken cancellationToken
    )
    {
        var revoked = 0L;
        var untold = new List<string>();
        StoreUnavailableException? failure = null;
        await foreach (var grant in grants.WithCancellation(cancellationToken))
        {
            if (failure is not null)
            {
                // A full store is still read, so that running processes are notified of all of them.
                await log.TellUnstoredAsync(grant.Value.IsLive ? [grant.Value.Id] : []);
                continue;
            }

            try
            {
                var (wasLive, isNews) = await EndAsync(grant.Value.Id, cancellationToken);
                revoked += wasLive ? 1 : 0;
                untold.AddRange(isNews ? [grant.Value.Id] : []);
                if (wasLive)
                {
                    ended?.Invoke(grant.Value);
                }

                if (untold.Count == RevocationLog.Capacity)
                {
                    await log.AppendAsync(untold, cancellationToken);
                    untold.Clear();
                }
            }
            catch (StoreUnavailableException exception)
            {
                failure = exception;
            }
        }

        await log.AppendAsync(untold, cancellationToken);
        return failure is null ? revoked : throw new StoreUnavailableException("Not all grants could be ended.", failure);
    }

    /// <summary>The grants of a user, of a client, or of both.</summary>
    /// <exception cref="NotSupportedException">Neither is given.</exception>
    public async IAsyncEnumerable<Versioned<GrantRecord>> FindAllAsync(
        string? subject,
        string? clientId,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var key in store.ListAsync(IndexFor(subject, clientId), cancellationToken).Where(StoreKeys.Grant.Owns))
        {
            if (await FindAsync(StoreKeys.Grant.Id(key), cancellationToken) is { } grant && Matches(clientId, grant))
            {
                yield return grant;
            }
        }
    }

    /// <summary>One page of the grants of a user, of a client, of both, or of all users, including ended ones, with bounded
    /// work.</summary>
    /// <exception cref="FormatException"><paramref name="after"/> is not the end of a page.</exception>
    public async ValueTask<GrantPage> FindPageAsync(
        string? subject,
        string? clientId,
        string? after,
        int size,
        CancellationToken cancellationToken
    )
    {
        var page =
            string.IsNullOrEmpty(subject) && string.IsNullOrEmpty(clientId)
                ? await store.ScanPageAsync(StoreKeys.Grant.KeyPrefix, after, size, cancellationToken)
                : await store.ListPageAsync(IndexFor(subject, clientId), after, size, cancellationToken);
        var found = await Task.WhenAll(
            page.Keys.Where(StoreKeys.Grant.Owns).Select(key => FindAsync(StoreKeys.Grant.Id(key), cancellationToken).AsTask())
        );
        return new GrantPage([.. found.OfType<Versioned<GrantRecord>>().Where(grant => Matches(clientId, grant))], page.Next);
    }

    private async IAsyncEnumerable<Versioned<GrantRecord>> ScanAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var key in store.ScanAsync(StoreKeys.Grant.KeyPrefix, cancellationToken))
        {
            if (await FindAsync(StoreKeys.Grant.Id(key), cancellationToken) is { } grant)
            {
                yield return grant;
            }
        }
    }

    // The user's index is shorter: a client such as a desktop editor has an installation for every user.
    private static string IndexFor(string? subject, string? clientId) =>
        (subject, clientId) switch
        {
            ({ Length: > 0 }, _) => StoreKeys.OfUser(subject),
            (_, { Length: > 0 }) => StoreKeys.GrantsOfClient(clientId),
            _ => throw new NotSupportedException("Specify a user or a client: there is no index of all grants."),
        };

    // An index of a user lists every client.
    private static bool Matches(string? clientId, Versioned<GrantRecord> grant) =>
        string.IsNullOrEmpty(clientId) || grant.Value.ClientId == clientId;

    [LoggerMessage(1301, LogLevel.Information, "Grant {GrantId} of client {ClientId} was ended; its tokens are no longer valid.")]
    private partial void LogRevoked(string grantId, string clientId);
}

/// <summary>One page of grants.</summary>
/// <param name="Grants">The grants.</param>
/// <param name="Next">Where the next page starts; <see langword="null"/> at the end.</param>
internal sealed record GrantPage(IReadOnlyList<Versioned<GrantRecord>> Grants, string? Next);
