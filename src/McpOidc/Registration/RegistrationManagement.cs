using McpOidc.Audit;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Logging;

namespace McpOidc.Registration;

/// <summary>Changes and deletes registrations (RFC 7592), and ends the grants that they end.</summary>
internal sealed partial class RegistrationManagement(
    RecordStore records,
    ClientDocuments documents,
    UnusedClients unused,
    Grants grants,
    TimeProvider clock,
    AuditLog audit,
    ILogger<RegistrationManagement> logger
)
{
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

        var secret = metadata.NeedsSecret && stored.Value.SecretHash is null ? OpaqueToken.Create() : null;
        var client = stored.Value with
        {
            Metadata = metadata,
            MetadataHash = metadata.Hash(),
            SecretHash =
                !metadata.NeedsSecret ? null
                : secret is null ? stored.Value.SecretHash
                : OpaqueToken.Hash(secret),
        };
        if (await unused.ReplaceAsync(stored, client, cancellationToken) is null)
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

    [LoggerMessage(1202, LogLevel.Information, "Client {ClientId} was deleted with all its grants.")]
    private partial void LogDeleted(string clientId);
}
