using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>The clients: those of the settings, registered ones, and those that a document at their id describes.</summary>
internal sealed partial class Clients(
    RecordStore records,
    StaticClients configured,
    ClientDocuments documents,
    Grants grants,
    SharedClients shared,
    UnusedClients unused,
    IOptions<RegistrationOptions> options,
    TimeProvider clock,
    AuditLog audit,
    ILogger<Clients> logger
)
{
    /// <summary>A client is written anew only when less than this share of its life is left: not at every use.</summary>
    public const double RenewalShare = 0.75;

    /// <exception cref="ClientDocumentException">The id is the URL of a document that cannot be used.</exception>
    public async ValueTask<ClientRecord?> FindAsync(string clientId, CancellationToken cancellationToken) =>
        configured.Find(clientId)
        ?? (
            ClientIdUrl.IsUrl(clientId)
                ? await documents.FindAsync(clientId, cancellationToken)
                : await FindRegisteredAsync(clientId, cancellationToken)
        );

    /// <summary>The client as far as it is known here: no document is fetched for it.</summary>
    public async ValueTask<ClientRecord?> FindKnownAsync(string clientId, CancellationToken cancellationToken) =>
        configured.Find(clientId)
        ?? (
            ClientIdUrl.IsUrl(clientId)
                ? await documents.FindKnownAsync(clientId, cancellationToken)
                : await FindRegisteredAsync(clientId, cancellationToken)
        );

    /// <summary>Where the client lies in the store; <see langword="null"/> for one of the settings, or one that a document
    /// describes.</summary>
    public string? KeyOf(string clientId) =>
        configured.Find(clientId) is null && !ClientIdUrl.IsUrl(clientId) ? ServerKeys.Client.Key(clientId) : null;

    public async ValueTask<ClientRecord?> FindRegisteredAsync(string clientId, CancellationToken cancellationToken) =>
        (await records.RecallAsync(ServerKeys.Client, clientId, cancellationToken))?.Value;

    /// <summary>Registers a client.</summary>
    /// <returns>The record, and the two secrets, which are not kept and can be shown only now.</returns>
    public async Task<NewClient> RegisterAsync(ClientMetadata metadata, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var secret = NeedsSecret(metadata) ? OpaqueToken.Create() : null;
        var registrationToken = OpaqueToken.Create();
        var client = new ClientRecord
        {
            // Never begins with https://, which is where Client ID Metadata Documents live.
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
            throw new InvalidOperationException("A random 128-bit client id was taken.");
        }

        LogRegistered(client.ClientId);
        audit.ClientRegistered(client.ClientId, isShared: false);
        return new NewClient(client, secret, registrationToken);
    }

    /// <summary>The registration that stands for this one too, if there is one.</summary>
    public async Task<NewClient?> FindSharedAsync(ClientMetadata metadata, CancellationToken cancellationToken)
    {
        if (await shared.FindAsync(metadata, cancellationToken) is not { } found)
        {
            return null;
        }

        var client = found.Value with { SharedSince = found.Value.SharedSince ?? clock.GetUtcNow() };
        if (
            found.Value.SharedSince is null
            && await records.ReplaceAsync(ServerKeys.Client, client.ClientId, found.Version, client, client.ExpiresAt, cancellationToken)
                is null
        )
        {
            // Changed or deleted at this moment: better one registration too many.
            return null;
        }

        LogShared(client.ClientId);
        audit.ClientRegistered(client.ClientId, isShared: true);
        return new NewClient(client, Secret: null, RegistrationToken: null);
    }

    /// <summary>Replaces the metadata (RFC 7592 §2.2). A client that becomes confidential is given a secret.</summary>
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
            // Codes and tokens went to the old redirect URIs, or without the new secret.
            await grants.RevokeAllAsync(subject: null, clientId, cancellationToken);
        }

        audit.ClientChanged(clientId);
        return new NewClient(client, secret, registrationToken);
    }

    /// <summary>Deletes a client and ends everything that was granted to it (RFC 7592 §2.3).</summary>
    public async Task DeleteAsync(string clientId, CancellationToken cancellationToken)
    {
        _ = ClientIdUrl.IsUrl(clientId)
            ? await documents.ForgetAsync(clientId, cancellationToken)
            : await records.RemoveAsync(ServerKeys.Client, clientId, cancellationToken);
        await grants.RevokeAllAsync(subject: null, clientId, cancellationToken);
        LogDeleted(clientId);
        audit.ClientDeleted(clientId);
    }

    /// <summary>Notes that the client is in use, so that it outlives its tokens. Writes only when a quarter of its time is gone.</summary>
    public async Task KeepAliveAsync(string clientId, CancellationToken cancellationToken)
    {
        if (ClientIdUrl.IsUrl(clientId) || await records.RecallAsync(ServerKeys.Client, clientId, cancellationToken) is not { } stored)
        {
            return;
        }

        var now = clock.GetUtcNow();
        if (stored.Value.ActivatedAt is not null && stored.Value.ExpiresAt - now > options.Value.IdleLifetime * RenewalShare)
        {
            return;
        }

        var client = stored.Value with { ActivatedAt = stored.Value.ActivatedAt ?? now, ExpiresAt = now + options.Value.IdleLifetime };
        await unused.ReplaceAsync(stored.Value, client, cancellationToken);
        // Losing the race to another sign-in of the same client loses nothing: it wrote the same.
        await records.ReplaceAsync(ServerKeys.Client, clientId, stored.Version, client, client.ExpiresAt, cancellationToken);
        await shared.OfferAsync(client, cancellationToken);
    }

    private static bool NeedsSecret(ClientMetadata metadata) =>
        metadata.TokenEndpointAuthMethod is "client_secret_basic" or "client_secret_post";

    [LoggerMessage(1201, LogLevel.Information, "Client {ClientId} registered.")]
    private partial void LogRegistered(string clientId);

    [LoggerMessage(1206, LogLevel.Information, "A registration like that of client {ClientId} was answered with it.")]
    private partial void LogShared(string clientId);

    [LoggerMessage(1202, LogLevel.Information, "Client {ClientId} deleted with everything granted to it.")]
    private partial void LogDeleted(string clientId);
}

/// <summary>A client just registered or changed, with the secrets that are shown once.</summary>
internal sealed record NewClient(ClientRecord Client, string? Secret, string? RegistrationToken);
