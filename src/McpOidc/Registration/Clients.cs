using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Registration.Stateless;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>All clients: pre-registered ones, registered ones, and those with a metadata document.</summary>
internal sealed partial class Clients(
    RecordStore records,
    StaticClients configured,
    RegisteredClients registered,
    ClientDocuments documents,
    Grants grants,
    SharedClients shared,
    UnusedClients unused,
    StatelessClientIds ids,
    IOptions<RegistrationOptions> options,
    TimeProvider clock,
    AuditLog audit,
    ILogger<Clients> logger
)
{
    /// <summary>A client's record is renewed only when less than this share of its lifetime is left, not at every use.</summary>
    public const double RenewalShare = 0.75;

    private readonly RegistrationSample _sample = new(clock);

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
        var secret = NeedsSecret(metadata) ? OpaqueToken.Create() : null;
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

        LogShared(client.Id);
        audit.ClientRegistered(client.Id, isShared: true);
        return new NewClient(client with { SharedSince = noted.SharedSince }, Secret: null, RegistrationToken: null);
    }

    /// <summary>Replaces the metadata (RFC 7592 §2.2). A client that becomes confidential gets a secret.</summary>
    public async Task<NewClient?> UpdateAsync(
        string clientId,
        ClientMetadata metadata,
        string registrationToken,
        CancellationToken cancellationToken
    )
    {
        if (await records.GetAsync(ServerKeys.Client, clientId, cancellationToken) is not { } stored)
        {
            return null;
        }

        var secret = NeedsSecret(metadata) && stored.Value.SecretHash is null ? OpaqueToken.Create() : null;
        var client = stored.Value with
        {
            Metadata = metadata,
            MetadataHash = metadata.Hash(),
            SecretHash =
                !NeedsSecret(metadata) ? null
                : secret is null ? stored.Value.SecretHash
                : OpaqueToken.Hash(secret),
        };
        await unused.ReplaceAsync(stored.Value, client, cancellationToken);
        if (await records.ReplaceAsync(ServerKeys.Client, clientId, stored.Version, client, client.ExpiresAt, cancellationToken) is null)
        {
            return null;
        }

        if (stored.Value.IsPublic != client.IsPublic || !stored.Value.Metadata.RedirectUris!.SequenceEqual(metadata.RedirectUris!))
        {
            // Existing codes and tokens went to the old redirect URIs, or were issued without the new secret.
            await grants.RevokeAllAsync(subject: null, clientId, cancellationToken);
        }

        audit.ClientChanged(clientId);
        return new NewClient(client, secret, registrationToken);
    }

    /// <summary>Deletes a client and ends all its grants (RFC 7592 §2.3). A stateless id is blocked, because it would otherwise remain
    /// valid.</summary>
    /// <param name="clientId">The id, or <see cref="ClientRecord.Id"/>.</param>
    /// <param name="isOwnWish">Whether the client requested it, which any client can do.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. Work completed before the cancellation is
    /// kept.</param>
    public async Task DeleteAsync(string clientId, bool isOwnWish, CancellationToken cancellationToken)
    {
        var id = ClientIdDigest.Of(clientId);
        try
        {
            _ =
                ClientIdUrl.IsUrl(id) ? await documents.ForgetAsync(id, cancellationToken)
                : ClientIdDigest.Is(id) ? await BlockAsync(id, isOwnWish, cancellationToken)
                : await records.RemoveAsync(ServerKeys.Client, id, cancellationToken);
        }
        finally
        {
            // A full store keeps the client, but running processes are notified of its ended grants.
            await grants.RevokeAllAsync(subject: null, id, cancellationToken);
        }

        LogDeleted(id);
        audit.ClientDeleted(id);
    }

    /// <summary>Removes the record of a client without grants. A stateless id remains valid.</summary>
    public async Task ForgetAsync(ClientRecord client, CancellationToken cancellationToken)
    {
        if (!client.IsStateless)
        {
            await DeleteAsync(client.ClientId, isOwnWish: false, cancellationToken);
            return;
        }

        await records.RemoveAsync(ServerKeys.Client, client.Id, cancellationToken);
    }

    private async Task<bool> BlockAsync(string id, bool isOwnWish, CancellationToken cancellationToken)
    {
        if (isOwnWish)
        {
            await unused.CountBlockAsync(cancellationToken);
        }

        var now = clock.GetUtcNow();
        var (_, block) = await records.ChangeAsync(
            ServerKeys.UsedClient,
            id,
            record =>
                record?.BlockedAt is not null
                    ? null
                    : new ClientRecord
                    {
                        ClientId = id,
                        // Operators need to see what they blocked; for clients that delete themselves, only the necessary minimum is
                        // stored.
                        Metadata = new ClientMetadata { ClientName = isOwnWish ? null : record?.Metadata.ClientName },
                        MetadataHash = "",
                        RegistrationTokenHash = "",
                        CreatedAt = record?.CreatedAt ?? now,
                        ExpiresAt = DateTimeOffset.MaxValue,
                        BlockedAt = now,
                    },
            cancellationToken
        );
        return block is not null;
    }

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
        await unused.ReplaceAsync(stored.Value, client, cancellationToken);
        // Losing a race with another sign-in of the same client is harmless: it wrote the same.
        await records.ReplaceAsync(ServerKeys.Client, id, stored.Version, client, client.ExpiresAt, cancellationToken);
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

    private static bool NeedsSecret(ClientMetadata metadata) =>
        metadata.TokenEndpointAuthMethod is "client_secret_basic" or "client_secret_post";

    [LoggerMessage(1201, LogLevel.Information, "Client {ClientId} was registered.")]
    private partial void LogRegistered(string clientId);

    [LoggerMessage(1206, LogLevel.Information, "Answered a registration with the existing client {ClientId}, which has the same metadata.")]
    private partial void LogShared(string clientId);

    [LoggerMessage(1202, LogLevel.Information, "Client {ClientId} was deleted with all its grants.")]
    private partial void LogDeleted(string clientId);
}

/// <summary>A client that was just registered or changed, with its secrets, which are shown once.</summary>
internal sealed record NewClient(ClientRecord Client, string? Secret, string? RegistrationToken);
