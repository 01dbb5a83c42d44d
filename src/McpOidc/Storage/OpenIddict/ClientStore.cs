using McpOidc.Configuration;
using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// Clients, as OpenIddict's applications. The <c>client_id</c> is the key, or its digest (<see cref="ClientRecord.Id"/>), so that a
/// look-up is a single read. Only <see cref="Clients"/> writes them.
/// </summary>
internal sealed partial class ClientStore(
    RegisteredClients registered,
    StaticClients configured,
    ClientDocuments? documents = null,
    IOptions<DeviceAuthorizationOptions>? devices = null
) : IOpenIddictApplicationStore<ClientRecord>
{
    public ValueTask<ClientRecord?> FindByIdAsync(string identifier, CancellationToken cancellationToken) =>
        ClientIdDigest.Is(identifier)
            ? registered.FindKeptAsync(identifier, cancellationToken)
            : FindByClientIdAsync(identifier, cancellationToken);

    public async ValueTask<ClientRecord?> FindByClientIdAsync(string identifier, CancellationToken cancellationToken)
    {
        if (configured.Find(identifier) is { } known)
        {
            return known;
        }

        return documents is not null && ClientIdUrl.IsUrl(identifier)
            ? await documents.FindAsync(identifier, cancellationToken)
            : await registered.FindAsync(identifier, cancellationToken);
    }

    // Not indexed: OpenIddict calls it only for a sign-out request that names no client, and then gets none. Such a request must contain
    // client_id or id_token_hint.
    public IAsyncEnumerable<ClientRecord> FindByPostLogoutRedirectUriAsync(string uri, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<ClientRecord>();
}
