using McpOidc.Configuration;
using McpOidc.Registration.Stateless;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>
/// Clients that registered themselves: stored ones, and those with a stateless id. Nothing is stored of the latter until a user signs in
/// with one; the record then says that it was used, or that it is blocked.
/// </summary>
internal sealed class RegisteredClients(RecordStore records, IOptions<RegistrationOptions> options, StatelessClientIds? ids = null)
{
    /// <summary>Authenticates nothing: no token has this hash.</summary>
    public const string NoToken = "-";

    private readonly HashSet<string> _blocked = [.. options.Value.Blocked.Select(ClientIdDigest.Of)];

    /// <summary>The client with this id; a single store read.</summary>
    public async ValueTask<ClientRecord?> FindAsync(string clientId, CancellationToken cancellationToken)
    {
        var id = ClientIdDigest.Of(clientId);
        if (ClientIdDigest.Is(clientId) || _blocked.Contains(id))
        {
            return null;
        }

        var record = (await records.RecallAsync(ServerKeys.Client, id, cancellationToken))?.Value;
        return id == clientId ? record : Judge(clientId, record);
    }

    /// <summary>The stored client with an id (<see cref="ClientRecord.Id"/>), even if blocked; without its stateless id, which is not
    /// stored.</summary>
    public async ValueTask<ClientRecord?> FindKeptAsync(string id, CancellationToken cancellationToken) =>
        ClientIdDigest.Is(id)
            ? (await records.RecallAsync(ServerKeys.Client, id, cancellationToken))?.Value
            : await FindAsync(id, cancellationToken);

    /// <summary>The registration in an id, whether or not it is blocked.</summary>
    public ClientRecord? Read(string clientId) => ids?.Read(clientId)?.Client;

    /// <summary>Whether the id would be valid for a user who has not signed in with it yet.</summary>
    public bool MakesNew(ClientRecord client) => !client.IsStateless || ids?.Read(client.ClientId) is { IsAccepted: true };

    private ClientRecord? Judge(string clientId, ClientRecord? record)
    {
        var client =
            ids?.Read(clientId) is not { } read ? Remember(clientId, record)
            : record is not null || (read.IsAccepted && options.Value.AcceptUnused) ? read.Client
            : null;
        return client is null || record?.BlockedAt is not null || client.CreatedAt < options.Value.NotBefore
            ? null
            : client with
            {
                ActivatedAt = record?.ActivatedAt,
                SharedSince = record?.SharedSince,
            };
    }

    // The id's key no longer exists because it leaked: the id proves nothing, nor do credentials derived from it. Public clients continue
    // with the registration as of the sign-in.
    private static ClientRecord? Remember(string clientId, ClientRecord? record) =>
        record is { IsPublic: true } && OpaqueToken.Matches(clientId, record.IdHash)
            ? record with
            {
                ClientId = clientId,
                RegistrationTokenHash = NoToken,
            }
            : null;
}
