using McpOidc.Registration.MetadataDocuments;
using McpOidc.Storage;

namespace McpOidc.Registration;

/// <summary>All clients: pre-registered ones, registered ones, and those with a metadata document.</summary>
internal sealed class Clients(StaticClients configured, RegisteredClients registered, ClientDocuments documents)
{
    /// <exception cref="ClientDocumentException">The id is the URL of an unusable document.</exception>
    public async ValueTask<ClientRecord?> FindAsync(string clientId, CancellationToken cancellationToken) =>
        configured.Find(clientId)
        ?? (
            ClientIdUrl.IsUrl(clientId)
                ? await documents.FindAsync(clientId, cancellationToken)
                : await FindRegisteredAsync(clientId, cancellationToken)
        );

    /// <summary>The client as currently known, by its id or <see cref="ClientRecord.Id"/>: no document is fetched for it.</summary>
    public async ValueTask<ClientRecord?> FindKnownAsync(string id, CancellationToken cancellationToken) =>
        configured.Find(id)
        ?? (
            ClientIdUrl.IsUrl(id)
                ? await documents.FindKnownAsync(id, cancellationToken)
                : await registered.FindKeptAsync(ClientIdDigest.Of(id), cancellationToken) ?? registered.Read(id)
        );

    /// <summary>The client's key in the store; <see langword="null"/> for a pre-registered one, or one with a metadata document.</summary>
    public string? KeyOf(string clientId) =>
        configured.Find(clientId) is null && !ClientIdUrl.IsUrl(clientId) ? ServerKeys.Client.Key(ClientIdDigest.Of(clientId)) : null;

    public ValueTask<ClientRecord?> FindRegisteredAsync(string clientId, CancellationToken cancellationToken) =>
        registered.FindAsync(clientId, cancellationToken);
}
