using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Token;
using OpenIddict.Abstractions;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// Clients, as OpenIddict's applications. The <c>client_id</c> is the key, so that OpenIddict's two identifiers are one and a
/// look-up is one read.
/// </summary>
internal sealed partial class ClientStore(RecordStore records, StaticClients configured, Grants grants, TimeProvider time, ClientDocuments? documents = null) : IOpenIddictApplicationStore<ClientEntity>
{
    public ValueTask<ClientEntity> InstantiateAsync(CancellationToken cancellationToken)
    {
        var metadata = new ClientMetadata();
        return new(new ClientEntity
        {
            Record = new ClientRecord
            {
                ClientId = "",
                Metadata = metadata,
                MetadataHash = HashOf(metadata),
                CreatedAt = time.GetUtcNow(),
                ExpiresAt = DateTimeOffset.MaxValue,
            },
        });
    }

    public async ValueTask CreateAsync(ClientEntity application, CancellationToken cancellationToken)
    {
        var record = application.Record;
        application.Version = StoreFaults.Succeeded(
            await records.AddAsync(StoreKeys.Client, record.ClientId, record, record.ExpiresAt, cancellationToken), "client");
    }

    public async ValueTask UpdateAsync(ClientEntity application, CancellationToken cancellationToken)
    {
        var record = application.Record;
        application.Version = StoreFaults.Succeeded(
            await records.ReplaceAsync(StoreKeys.Client, record.ClientId, StoredVersion(application), record, record.ExpiresAt, cancellationToken), "client");
    }

    public async ValueTask DeleteAsync(ClientEntity application, CancellationToken cancellationToken)
    {
        var clientId = application.Record.ClientId;
        if (documents is not null && ClientIdUrl.IsUrl(clientId))
        {
            await documents.ForgetAsync(clientId, cancellationToken);
        }
        else if (!await records.RemoveAsync(StoreKeys.Client, clientId, cancellationToken, StoredVersion(application)))
        {
            throw StoreFaults.Conflict("client");
        }

        // After the client and not before: nobody can sign in with it any more, so that no grant is missed.
        await grants.RevokeAllAsync(subject: null, clientId, cancellationToken);
    }

    public ValueTask<ClientEntity?> FindByIdAsync(string identifier, CancellationToken cancellationToken)
        => FindByClientIdAsync(identifier, cancellationToken);

    public async ValueTask<ClientEntity?> FindByClientIdAsync(string identifier, CancellationToken cancellationToken)
    {
        if (configured.Find(identifier) is { } known)
        {
            return new ClientEntity { Record = known };
        }

        if (documents is not null && ClientIdUrl.IsUrl(identifier))
        {
            return await documents.FindAsync(identifier, cancellationToken) is { } described ? new ClientEntity { Record = described } : null;
        }

        return await records.RecallAsync(StoreKeys.Client, identifier, cancellationToken) is { } client
            ? new ClientEntity { Record = client.Value, Version = client.Version }
            : null;
    }

    // Not indexed: OpenIddict asks only at the end of a session that names no client, and is then told of none. Such a request
    // has to carry client_id or id_token_hint.
    public IAsyncEnumerable<ClientEntity> FindByPostLogoutRedirectUriAsync(string uri, CancellationToken cancellationToken)
        => AsyncEnumerable.Empty<ClientEntity>();

    // Not indexed: OpenIddict itself never asks, every request with a redirect URI names its client.
    public IAsyncEnumerable<ClientEntity> FindByRedirectUriAsync(string uri, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("client");

    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw StoreFaults.FullScan("client");

    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<ClientEntity>, IQueryable<TResult>> query, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("client");

    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<ClientEntity>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("client");

    public IAsyncEnumerable<ClientEntity> ListAsync(int? count, int? offset, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("client");

    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<ClientEntity>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken)
        => throw StoreFaults.FullScan("client");

    // A client that was never stored (one from a metadata document, say) has nothing to replace or delete.
    private static long StoredVersion(ClientEntity application)
        => application.Version ?? throw new InvalidOperationException("The client is not in the store.");
}
