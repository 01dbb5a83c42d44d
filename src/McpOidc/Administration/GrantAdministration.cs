using McpOidc.Account;
using McpOidc.Audit;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.Token;

namespace McpOidc.Administration;

/// <summary>What an operator can do with grants. Every authorization server and MCP server follows within two seconds.</summary>
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

    /// <summary>Lists grants, including ended ones while their records are kept.</summary>
    /// <param name="user">The user's <c>sub</c>; <see langword="null"/> for all users.</param>
    /// <param name="clientId">The client; <see langword="null"/> for all.</param>
    /// <param name="search">Text in the id, the user, the subject, the client or its name; <see langword="null"/> for all.</param>
    /// <param name="after">The <see cref="GrantInfoPage.Next"/> of the previous page; <see langword="null"/> for the first.</param>
    /// <param name="size">The approximate number, up to 200. A page may have fewer, or none, even if more follow.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="FormatException"><paramref name="after"/> is not the end of a page.</exception>
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
            grant => Matches(grant, search),
            after,
            size
        );
        return new GrantInfoPage(found, next);
    }

    internal static bool Matches(GrantInfo grant, string? search) =>
        PagedSearch.Contains(
            search is null ? null : ClientIdDigest.Of(search),
            grant.Id,
            grant.Subject,
            grant.Person,
            grant.ClientId,
            grant.ClientName
        );

    /// <summary>One grant; <see langword="null"/> if the id does not exist.</summary>
    internal async Task<GrantInfo?> FindAsync(string id, CancellationToken cancellationToken) =>
        await _grants.FindAsync(id, cancellationToken) is { } grant ? await DescribeAsync(grant.Value, cancellationToken) : null;

    /// <summary>Ends one grant with all its tokens.</summary>
    /// <param name="id">The <see cref="GrantInfo.Id"/>.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Whether it was live until now; <see langword="null"/> if the id does not exist.</returns>
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
    /// Ends the grants of a user, of a client, or of a user with a client. If no client is given, the user's browsers are signed out too.
    /// Consents and the identity provider's tokens are kept.
    /// </summary>
    /// <param name="user">The user's <c>sub</c>; <see langword="null"/> for all users.</param>
    /// <param name="clientId">The client; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. After a cancellation, run the method again to
    /// finish.</param>
    /// <returns>The number of ended grants.</returns>
    /// <exception cref="ArgumentException">Neither is given; use <see cref="RevokeAllAsync"/>.</exception>
    public async Task<long> RevokeManyAsync(string? user, string? clientId, CancellationToken cancellationToken = default)
    {
        if (string.IsNullOrEmpty(user) && string.IsNullOrEmpty(clientId))
        {
            throw new ArgumentException("Specify a user or a client.", nameof(user));
        }

        // Browsers first: one that is still signed in could create a new grant meanwhile.
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
    /// Signs out all users: every browser here, and every installation of every client with all its tokens. Registrations, consents and
    /// the identity provider's tokens are kept. Reads the whole store; run it again if it was interrupted.
    /// </summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. Work completed before the cancellation is
    /// kept.</param>
    /// <returns>The number of ended grants.</returns>
    /// <exception cref="NotSupportedException">The store cannot list its keys.</exception>
    public async Task<long> RevokeAllAsync(CancellationToken cancellationToken = default)
    {
        // Browsers first: one that is still signed in could create a new grant meanwhile.
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

    internal async Task<GrantInfo> DescribeAsync(GrantRecord grant, CancellationToken cancellationToken)
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
