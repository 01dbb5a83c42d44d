using McpOidc.Configuration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>Keeps the records of clients that are in use.</summary>
internal sealed class UsedClients(
    RecordStore records,
    RegisteredClients registered,
    SharedClients shared,
    UnusedClients unused,
    IOptions<RegistrationOptions> options,
    TimeProvider clock
)
{
    /// <summary>A client's record is renewed only when less than this share of its lifetime is left, not at every use.</summary>
    public const double RenewalShare = 0.75;

    /// <summary>Records that the client is in use: this keeps a stored one longer than its tokens, and creates a record of a stateless one
    /// at its first sign-in. Writes only after a quarter of the lifetime.</summary>
    public async Task KeepAliveAsync(string clientId, CancellationToken cancellationToken)
    {
        var id = ClientIdDigest.Of(clientId);
        if (ClientIdUrl.IsUrl(clientId))
        {
            return;
        }

        var now = clock.GetUtcNow();
        if (await records.RecallAsync(ServerKeys.Client, id, cancellationToken) is not { } stored)
        {
            await NoteFirstUseAsync(clientId, now, cancellationToken);
            return;
        }

        if (stored.Value.ActivatedAt is not null && stored.Value.ExpiresAt - now > options.Value.IdleLifetime * RenewalShare)
        {
            return;
        }

        var client = stored.Value with { ActivatedAt = stored.Value.ActivatedAt ?? now, ExpiresAt = now + options.Value.IdleLifetime };
        // Losing a race with another sign-in of the same client is harmless: it wrote the same.
        await unused.ReplaceAsync(stored, client, cancellationToken);
        await shared.OfferAsync(client with { ClientId = clientId }, cancellationToken);
    }

    private async Task NoteFirstUseAsync(string clientId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (registered.Read(clientId) is not { } client)
        {
            return;
        }

        var record = client with
        {
            ClientId = client.Id,
            IdHash = OpaqueToken.Hash(clientId),
            ActivatedAt = now,
            ExpiresAt = now + options.Value.IdleLifetime,
        };
        // It already exists if another sign-in came first, or if it is blocked.
        if (await records.AddAsync(ServerKeys.UsedClient, record.ClientId, record, record.ExpiresAt, cancellationToken) is not null)
        {
            await shared.OfferAsync(client, cancellationToken);
        }
    }
}
