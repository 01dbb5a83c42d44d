using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Token;

namespace McpOidc.Administration;

/// <summary>What an operator can do with clients.</summary>
public sealed class ClientAdministration
{
    internal const string Configured = "configured";
    private const char DocumentsMark = 'd';
    private const char RegistrationsMark = 'r';
    private static readonly TimeSpan s_young = TimeSpan.FromHours(1);
    private readonly IMcpOidcStore _store;
    private readonly RecordStore _records;
    private readonly StaticClients _configured;
    private readonly Clients _clients;
    private readonly RegistrationManagement _management;
    private readonly Grants _grants;
    private readonly TimeProvider _clock;

    internal ClientAdministration(
        IMcpOidcStore store,
        RecordStore records,
        StaticClients configured,
        Clients clients,
        RegistrationManagement management,
        Grants grants,
        TimeProvider clock
    ) =>
        (_store, _records, _configured, _clients, _management, _grants, _clock) = (
            store,
            records,
            configured,
            clients,
            management,
            grants,
            clock
        );

    /// <summary>Lists clients: configured ones, then registered ones, then those with a metadata document.</summary>
    /// <param name="search">Text in the id, the name or a redirect URI; <see langword="null"/> for all.</param>
    /// <param name="after">The <see cref="ClientPage.Next"/> of the previous page; <see langword="null"/> for the first.</param>
    /// <param name="size">The approximate number, up to 200. A page may have fewer, or none, even if more follow.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="FormatException"><paramref name="after"/> is not the end of a page.</exception>
    /// <exception cref="NotSupportedException">The store cannot list its keys.</exception>
    public async Task<ClientPage> ListAsync(
        string? search = null,
        string? after = null,
        int size = 50,
        CancellationToken cancellationToken = default
    )
    {
        var (found, next) = await PagedSearch.FindAsync(
            (from, count) => ReadPageAsync(from, count, cancellationToken),
            client =>
                PagedSearch.Contains(
                    search is null ? null : ClientIdDigest.Of(search),
                    [client.ClientId, client.Name, .. client.RedirectUris]
                ),
            after,
            size
        );
        return new ClientPage(found, next);
    }

    /// <summary>Gets one client.</summary>
    /// <param name="clientId">Its <c>client_id</c>.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> if it is unknown.</returns>
    public async Task<ClientInfo?> FindAsync(string clientId, CancellationToken cancellationToken = default) =>
        await _clients.FindKnownAsync(clientId, cancellationToken) is { } client ? Describe(client) : null;

    /// <summary>
    /// Deletes a client and ends all its grants. A stateless registration is blocked permanently. A client with a metadata document
    /// reappears at its next sign-in; to keep it out, block its host with <c>McpOidc:Registration:ClientIdMetadataDocuments</c>.
    /// </summary>
    /// <param name="clientId">Its <c>client_id</c>.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. Work completed before the cancellation is
    /// kept.</param>
    /// <returns>Whether a client was deleted; configured clients are deleted in the settings.</returns>
    public async Task<bool> DeleteAsync(string clientId, CancellationToken cancellationToken = default)
    {
        var known = await _clients.FindKnownAsync(clientId, cancellationToken);
        // A stateless id is valid without a record, even if only its digest is known.
        var isGood = known is null ? ClientIdDigest.Is(ClientIdDigest.Of(clientId)) : known.BlockedAt is null;
        if (_configured.Find(clientId) is not null || !isGood)
        {
            return false;
        }

        await _management.DeleteAsync(clientId, isOwnWish: false, cancellationToken);
        return true;
    }

    /// <summary>
    /// Removes registrations without a grant before they expire (<c>McpOidc:Registration:UnusedLifetime</c>, <c>IdleLifetime</c>). Those
    /// of the last hour are kept, because a sign-in may be in progress.
    /// </summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. Work completed before the cancellation is
    /// kept.</param>
    /// <returns>How many were removed.</returns>
    /// <exception cref="NotSupportedException">The store cannot list its keys.</exception>
    public async Task<long> ReapAsync(CancellationToken cancellationToken = default)
    {
        var reaped = 0L;
        await foreach (var key in _store.ScanAsync(ServerKeys.Client.KeyPrefix, cancellationToken))
        {
            if (
                await _clients.FindKnownAsync(ServerKeys.Client.Id(key), cancellationToken) is { BlockedAt: null } client
                && _clock.GetUtcNow() - client.CreatedAt > s_young
                && !await IsInUseAsync(client.ClientId, cancellationToken)
            )
            {
                await _management.ForgetAsync(client, cancellationToken);
                reaped++;
            }
        }

        return reaped;
    }

    private async Task<(IReadOnlyList<ClientInfo> Items, string? Next)> ReadPageAsync(
        string? after,
        int size,
        CancellationToken cancellationToken
    )
    {
        var isOfDocuments = after is [DocumentsMark, ..];
        if (after is not null && !isOfDocuments && after is not [RegistrationsMark, ..])
        {
            throw new FormatException("This is not the end of a page of clients.");
        }

        var from = after is { Length: > 1 } ? after[1..] : null;
        return isOfDocuments
            ? await ReadDocumentsAsync(from, size, cancellationToken)
            : await ReadRegistrationsAsync(from, isFirst: after is null, size, cancellationToken);
    }

    private async Task<(IReadOnlyList<ClientInfo> Items, string? Next)> ReadRegistrationsAsync(
        string? after,
        bool isFirst,
        int size,
        CancellationToken cancellationToken
    )
    {
        var page = await _store.ScanPageAsync(ServerKeys.Client.KeyPrefix, after, size, cancellationToken);
        var found = await Task.WhenAll(
            page.Keys.Select(key => _clients.FindKnownAsync(ServerKeys.Client.Id(key), cancellationToken).AsTask())
        );
        var configured = isFirst ? _configured.All : [];
        return (
            [.. configured.Concat(found.OfType<ClientRecord>()).Select(Describe)],
            page.Next is null ? DocumentsMark.ToString() : RegistrationsMark + page.Next
        );
    }

    private async Task<(IReadOnlyList<ClientInfo> Items, string? Next)> ReadDocumentsAsync(
        string? after,
        int size,
        CancellationToken cancellationToken
    )
    {
        var page = await _store.ScanPageAsync(ServerKeys.ClientDocument.KeyPrefix, after, size, cancellationToken);
        var found = await Task.WhenAll(
            page.Keys.Select(key =>
                _records.GetAsync(ServerKeys.ClientDocument, ServerKeys.ClientDocument.Id(key), cancellationToken).AsTask()
            )
        );
        return (
            [.. found.Select(document => document?.Value.Client).OfType<ClientRecord>().Select(Describe)],
            page.Next is null ? null : DocumentsMark + page.Next
        );
    }

    private ClientInfo Describe(ClientRecord client)
    {
        var isConfigured = _configured.Find(client.ClientId) is not null;
        return new ClientInfo(
            client.Id,
            isConfigured ? Configured
                : client.IsDescribedByDocument ? "document"
                : "registered",
            DisplayText.Clean(client.Metadata.ClientName) is { Length: > 0 } name ? name : null,
            client.Metadata.RedirectUris ?? [],
            !client.IsPublic,
            client.CreatedAt,
            client.ActivatedAt,
            client.SharedSince,
            isConfigured || client.ExpiresAt == DateTimeOffset.MaxValue ? null : client.ExpiresAt,
            client.BlockedAt
        );
    }

    private async Task<bool> IsInUseAsync(string clientId, CancellationToken cancellationToken)
    {
        await foreach (var grant in _grants.FindAllAsync(subject: null, clientId, cancellationToken))
        {
            if (grant.Value.IsLive)
            {
                return true;
            }
        }

        return false;
    }
}
