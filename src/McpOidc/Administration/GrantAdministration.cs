using McpOidc.Account;
using McpOidc.Audit;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.Token;

namespace McpOidc.Administration;

/// <summary>What an operator does to sign-ins. Every authorization server and MCP server follows within two seconds.</summary>
public sealed class GrantAdministration
{
    private const string ByOperator = "operator";
    private const int RevokedAtOnce = 100;
    private readonly Grants _grants;
    private readonly BrowserSessions _browsers;
    private readonly UserSessions _users;
    private readonly Installations _installations;
    private readonly AuditLog _audit;

    internal GrantAdministration(
        Grants grants,
        BrowserSessions browsers,
        UserSessions users,
        Installations installations,
        AuditLog audit
    ) => (_grants, _browsers, _users, _installations, _audit) = (grants, browsers, users, installations, audit);

    /// <summary>Some sign-ins of clients, ended ones too while their records are kept.</summary>
    /// <param name="user">Whose, by <c>sub</c>; <see langword="null"/> for everybody's.</param>
    /// <param name="clientId">Of which client; <see langword="null"/> for all.</param>
    /// <param name="search">A text that the id, the person, the subject, the client or its name contains; <see langword="null"/> for
    /// all.</param>
    /// <param name="after">The <see cref="GrantInfoPage.Next"/> of the page before; <see langword="null"/> for the first.</param>
    /// <param name="size">About how many; up to 200. A page may have fewer, or none, although there are more.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="FormatException"><paramref name="after"/> is no place where a page ended.</exception>
    /// <exception cref="NotSupportedException">The store cannot list its keys, and neither a user nor a client is given.</exception>
    public async Task<GrantInfoPage> ListAsync(
        string? user = null,
        string? clientId = null,
        string? search = null,
        string? after = null,
        int size = 50,
        CancellationToken cancellationToken = default
    )
    {
        var (found, next) = await PagedSearch.FindAsync(
            (from, count) => ReadPageAsync(user, clientId is null ? null : ClientIdDigest.Of(clientId), from, count, cancellationToken),
            session =>
                PagedSearch.Contains(
                    search is null ? null : ClientIdDigest.Of(search),
                    session.Id,
                    session.Subject,
                    session.Person,
                    session.ClientId,
                    session.ClientName
                ),
            after,
            size
        );
        return new GrantInfoPage(found, next);
    }

    /// <summary>Ends one sign-in of a client with all its tokens.</summary>
    /// <param name="id">The <see cref="GrantInfo.Id"/>.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Whether it was live until now; <see langword="null"/> where there is none of this id.</returns>
    public async Task<bool?> RevokeAsync(string id, CancellationToken cancellationToken = default)
    {
        if ((await _grants.FindAsync(id, cancellationToken))?.Value is not { } grant)
        {
            return null;
        }

        var wasLive = await _grants.RevokeAsync(id, cancellationToken);
        if (wasLive)
        {
            _audit.GrantRevoked(grant, ByOperator);
        }

        return wasLive;
    }

    /// <summary>
    /// Ends the sign-ins of a person, of a client, or of a person with a client. A person's browsers are signed out too, where no client is
    /// named.
    /// Consents stay; so do the tokens of the identity provider.
    /// </summary>
    /// <param name="user">Whose, by <c>sub</c>; <see langword="null"/> for everybody's.</param>
    /// <param name="clientId">Of which client; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. After a cancellation, run the method again to finish.</param>
    /// <returns>How many sign-ins of clients were ended.</returns>
    /// <exception cref="ArgumentException">Neither is given: that is <see cref="RevokeAllAsync"/>.</exception>
    public async Task<long> RevokeManyAsync(string? user, string? clientId, CancellationToken cancellationToken = default)
    {
        if (string.IsNullOrEmpty(user) && string.IsNullOrEmpty(clientId))
        {
            throw new ArgumentException("A user or a client is needed.", nameof(user));
        }

        // Browsers first: one that is still signed in could make a new grant meanwhile.
        clientId = clientId is null ? null : ClientIdDigest.Of(clientId);
        if (user is { Length: > 0 } && string.IsNullOrEmpty(clientId))
        {
            await _browsers.EndAllAsync(user, providerSession: null, cancellationToken);
        }

        var ended = 0L;
        string? next = null;
        do
        {
            (var count, next) = await _grants.RevokePageAsync(
                user,
                clientId,
                next,
                RevokedAtOnce,
                grant => _audit.GrantRevoked(grant, ByOperator),
                cancellationToken
            );
            ended += count;
        } while (next is not null);

        return ended;
    }

    /// <summary>
    /// Signs everybody out: every browser here, and every installation of every client with all its tokens. Registrations, consents and the
    /// identity provider's tokens stay. The whole store is walked through; run it again if it is interrupted.
    /// </summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. Work completed before the cancellation is kept.</param>
    /// <returns>How many sign-ins of clients were ended.</returns>
    /// <exception cref="NotSupportedException">The store cannot list its keys.</exception>
    public async Task<long> RevokeAllAsync(CancellationToken cancellationToken = default)
    {
        // Browsers first: one that is still signed in could make a new grant meanwhile.
        await _browsers.EndEverythingAsync(cancellationToken);
        var ended = await _grants.RevokeEverythingAsync(cancellationToken);
        _audit.EverythingRevoked(ended);
        return ended;
    }

    private async Task<(IReadOnlyList<GrantInfo> Items, string? Next)> ReadPageAsync(
        string? user,
        string? clientId,
        string? after,
        int size,
        CancellationToken cancellationToken
    )
    {
        var page = await _grants.FindPageAsync(user, clientId, after, size, cancellationToken);
        return (await Task.WhenAll(page.Grants.Select(grant => DescribeAsync(grant.Value, cancellationToken))), page.Next);
    }

    private async Task<GrantInfo> DescribeAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        var installation = await _installations.DescribeAsync(grant, cancellationToken);
        var user = await _users.RecallAsync(grant.Subject, cancellationToken);
        return new GrantInfo(
            grant.Id,
            grant.Subject,
            user is null ? null : PersonName.Of(user),
            grant.ClientId,
            installation.ClientName,
            installation.Host,
            installation.Provider,
            grant.Resource,
            grant.Scopes,
            installation.Origin?.Device,
            installation.Origin?.Address,
            grant.CreatedAt,
            grant.LastUsedAt,
            grant.RevokedAt,
            grant.ExpiresAt,
            Math.Max(0, (grant.Refresh?.Generation ?? 0) - 1)
        );
    }
}
