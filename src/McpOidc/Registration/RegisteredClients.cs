using McpOidc.Configuration;
using McpOidc.Registration.Stateless;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>
/// Clients that registered themselves: stored ones, and those whose registration stands in their id. Of the latter nothing is stored until
/// a person signs in with one; the record then says that it was used, or that it is blocked.
/// </summary>
internal sealed class RegisteredClients(RecordStore records, IOptions<RegistrationOptions> options, StatelessClientIds? ids = null)
{
    /// <summary>Authenticates nothing: no token has this for its hash.</summary>
    public const string NoToken = "-";

    private readonly HashSet<string> _blocked = [.. options.Value.Blocked.Select(ClientIdDigest.Of)];

    /// <summary>The client that names itself so; one read of the store.</summary>
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

    /// <summary>The client that is kept under an id (<see cref="ClientRecord.Id"/>), a blocked one too; without its stateless id, which is
    /// not kept.</summary>
    public async ValueTask<ClientRecord?> FindKeptAsync(string id, CancellationToken cancellationToken) =>
        ClientIdDigest.Is(id)
            ? (await records.RecallAsync(ServerKeys.Client, id, cancellationToken))?.Value
            : await FindAsync(id, cancellationToken);

    /// <summary>What stands in an id, whether or not it is blocked.</summary>
    public ClientRecord? Read(string clientId) => ids?.Read(clientId)?.Client;

    /// <summary>Whether the id would be good for somebody who has not signed in with it yet.</summary>
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

    // The key of the id is gone, because it leaked: it says nothing any more, and what was derived from it neither. Its public clients
    // go on as they were when somebody signed in with them.
    private static ClientRecord? Remember(string clientId, ClientRecord? record) =>
        record is { IsPublic: true } && OpaqueToken.Matches(clientId, record.IdHash)
            ? record with
            {
                ClientId = clientId,
                RegistrationTokenHash = NoToken,
            }
            : null;
}
