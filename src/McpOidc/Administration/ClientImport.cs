using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.Administration;

/// <summary>Imports clients that registered elsewhere, with their existing ids.</summary>
public sealed class ClientImport
{
    private readonly RecordStore _records;
    private readonly StaticClients _configured;
    private readonly ClientMetadataValidator _validator;
    private readonly AuditLog _audit;
    private readonly IOptions<RegistrationOptions> _options;
    private readonly TimeProvider _clock;

    internal ClientImport(
        RecordStore records,
        StaticClients configured,
        ClientMetadataValidator validator,
        AuditLog audit,
        IOptions<RegistrationOptions> options,
        TimeProvider clock
    ) => (_records, _configured, _validator, _audit, _options, _clock) = (records, configured, validator, audit, options, clock);

    /// <summary>
    /// Imports one client. Its secret is stored as a hash; the registration cannot be changed afterwards. It expires like one that was
    /// last used now (<c>McpOidc:Registration:IdleLifetime</c>), unless it is used again.
    /// </summary>
    /// <param name="registration">The client's registration response (RFC 7591 §3.2.1): id, secret and metadata.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Whether it was imported or already existed, or why not.</returns>
    public async Task<ImportedClient> AddAsync(JsonObject registration, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(registration);
        var (id, secret) = (Text(registration, "client_id"), Text(registration, "client_secret"));
        if (FindIdProblem(id) is { } problem)
        {
            return new ImportedClient(id, IsNew: false, problem);
        }

        var (metadata, error) = Read(registration, secret);
        if (metadata is null)
        {
            return new ImportedClient(id, IsNew: false, error);
        }

        var now = _clock.GetUtcNow();
        var client = new ClientRecord
        {
            ClientId = id!,
            Metadata = metadata,
            MetadataHash = metadata.Hash(),
            SecretHash = metadata.TokenEndpointAuthMethod is "none" or "private_key_jwt" ? null : OpaqueToken.Hash(secret!),
            RegistrationTokenHash = RegisteredClients.NoToken,
            CreatedAt = now,
            ActivatedAt = now,
            ExpiresAt = now + _options.Value.IdleLifetime,
        };
        var isNew = await _records.AddAsync(ServerKeys.UsedClient, client.Id, client, client.ExpiresAt, cancellationToken) is not null;
        if (isNew)
        {
            _audit.ClientRegistered(client.Id, isShared: false);
        }

        return new ImportedClient(id, isNew, Problem: null);
    }

    private string? FindIdProblem(string? id) =>
        string.IsNullOrEmpty(id) || id.Length > MaximumIdLength || id.Any(letter => letter is <= ' ' or > '~')
            ? "it has no usable client_id"
        : StoreKeys.IsUrl(id) || ClientIdDigest.Of(id) != id || ClientIdDigest.Is(id) ? "its client_id has a reserved format"
        : _configured.Find(id) is not null ? "a configured client has the same client_id"
        : null;

    private const int MaximumIdLength = 255;

    private (ClientMetadata? Metadata, string? Problem) Read(JsonObject registration, string? secret)
    {
        ClientMetadata? sent;
        try
        {
            sent = registration.Deserialize(RegistrationJson.Default.ClientMetadata)?.WithoutBlanks();
        }
        catch (JsonException)
        {
            return (null, "its metadata cannot be read");
        }

        if (sent!.TokenEndpointAuthMethod == "client_secret_jwt")
        {
            return (null, "client_secret_jwt requires a readable secret, but secrets are stored as hashes");
        }

        // The source package registers every client as "web" by default, and applied no rule to loopback.
        var (metadata, error) = _validator.Validate(sent with { ApplicationType = null });
        return metadata is null ? (null, error!.Description)
            : metadata.TokenEndpointAuthMethod is "client_secret_basic" or "client_secret_post" && string.IsNullOrEmpty(secret)
                ? (null, "it has no client_secret")
            : (metadata, null);
    }

    private static string? Text(JsonObject registration, string member) =>
        registration[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}

/// <summary>The result of importing a client.</summary>
/// <param name="ClientId">Its id; <see langword="null"/> if it has none.</param>
/// <param name="IsNew">Whether it did not exist before.</param>
/// <param name="Problem">Why it was skipped; <see langword="null"/> if it exists now.</param>
public sealed record ImportedClient(string? ClientId, bool IsNew, string? Problem);
