using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Registration.Stateless;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>Registers clients (RFC 7591 §3): one that shares an existing registration, one whose registration fits into its id, or one in
/// the store.</summary>
internal sealed partial class ClientRegistration(
    RecordStore records,
    SharedClients shared,
    UnusedClients unused,
    StatelessClientIds ids,
    IOptions<RegistrationOptions> options,
    TimeProvider clock,
    AuditLog audit,
    ILogger<ClientRegistration> logger
)
{
    private readonly RegistrationSample _sample = new(clock);

    /// <summary>Registers a client without storing anything, if its registration fits into its id.</summary>
    public NewClient? RegisterStateless(ClientMetadata metadata)
    {
        if (!options.Value.Stateless || ids.Create(metadata) is not { } made)
        {
            return null;
        }

        NoteRegistered(made.Client.Id, _sample.Take());
        return made;
    }

    /// <summary>Registers a client in the store.</summary>
    /// <returns>The record, and the two secrets, which are not stored and can be shown only now.</returns>
    public async Task<NewClient> RegisterAsync(ClientMetadata metadata, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var secret = metadata.NeedsSecret ? OpaqueToken.Create() : null;
        var registrationToken = OpaqueToken.Create();
        var client = new ClientRecord
        {
            // Never starts with https://, which is reserved for Client ID Metadata Documents.
            ClientId = OpaqueToken.CreateId(),
            Metadata = metadata,
            MetadataHash = metadata.Hash(),
            SecretHash = secret is null ? null : OpaqueToken.Hash(secret),
            RegistrationTokenHash = OpaqueToken.Hash(registrationToken),
            CreatedAt = now,
            ExpiresAt = now + unused.Lifetime,
        };
        if (await records.AddAsync(ServerKeys.Client, client.ClientId, client, client.ExpiresAt, cancellationToken) is null)
        {
            throw new InvalidOperationException("A random 128-bit client id already exists.");
        }

        NoteRegistered(client.ClientId, isNoted: true);
        return new NewClient(client, secret, registrationToken);
    }

    private void NoteRegistered(string id, bool isNoted)
    {
        if (isNoted)
        {
            LogRegistered(id);
        }

        audit.ClientRegistered(id, isShared: false, isNoted);
    }

    /// <summary>An existing registration that can be used instead, if there is one.</summary>
    public async Task<NewClient?> FindSharedAsync(ClientMetadata metadata, CancellationToken cancellationToken)
    {
        if (await shared.FindAsync(metadata, cancellationToken) is not var (client, record))
        {
            return null;
        }

        var noted = record.Value with { SharedSince = record.Value.SharedSince ?? clock.GetUtcNow() };
        if (record.Value.SharedSince is not null)
        {
            await records.ConfirmAsync(ServerKeys.Client, client.Id, cancellationToken);
        }
        else if (
            await records.ReplaceAsync(ServerKeys.Client, client.Id, record.Version, noted, noted.ExpiresAt, cancellationToken) is null
        )
        {
            // Changed or deleted at this moment: an additional registration does no harm.
            return null;
        }

        var isNoted = _sample.Take();
        if (isNoted)
        {
            LogShared(client.Id);
        }

        audit.ClientRegistered(client.Id, isShared: true, isNoted);
        return new NewClient(client with { SharedSince = noted.SharedSince }, Secret: null, RegistrationToken: null);
    }

    [LoggerMessage(1201, LogLevel.Information, "Client {ClientId} was registered.")]
    private partial void LogRegistered(string clientId);

    [LoggerMessage(1206, LogLevel.Information, "Answered a registration with the existing client {ClientId}, which has the same metadata.")]
    private partial void LogShared(string clientId);
}

/// <summary>A client that was just registered or changed, with its secrets, which are shown once.</summary>
internal sealed record NewClient(ClientRecord Client, string? Secret, string? RegistrationToken);
