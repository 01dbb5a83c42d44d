using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.Administration;

/// <summary>Takes over clients that registered elsewhere, under the ids that they have.</summary>
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
    /// Takes over one client. Its secret is kept as a hash; nobody can change the registration. It ends as one that was used now
    /// (<c>McpOidc:Registration:IdleLifetime</c>), unless it is used again.
    /// </summary>
    /// <param name="registration">What the client was answered when it registered (RFC 7591 §3.2.1): id, secret and metadata.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Whether it was taken over or was here already, or why not.</returns>
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
        : StoreKeys.IsUrl(id) || ClientIdDigest.Of(id) != id || ClientIdDigest.Is(id) ? "its client_id would mean something else here"
        : _configured.Find(id) is not null ? "a client of the settings has its client_id"
        : null;

    private const int MaximumIdLength = 255;

    private (ClientMetadata? Metadata, string? Problem) Read(JsonObject registration, string? secret)
    {
        ClientMetadata? sent;
        try
        {
            sent = registration.Deserialize(RegistrationJson.Default.ClientMetadata);
        }
        catch (JsonException)
        {
            return (null, "its metadata cannot be read");
        }

        if (sent!.TokenEndpointAuthMethod == "client_secret_jwt")
        {
            return (null, "client_secret_jwt needs a secret that can be read, and secrets are kept as hashes here");
        }

        // The package that it comes from calls every client "web" that says nothing else, and held loopback to no rule.
        var (metadata, error) = _validator.Validate(sent with { ApplicationType = null });
        return metadata is null ? (null, error!.Description)
            : metadata.TokenEndpointAuthMethod is "client_secret_basic" or "client_secret_post" && string.IsNullOrEmpty(secret)
                ? (null, "it has no client_secret")
            : (metadata, null);
    }

    private static string? Text(JsonObject registration, string member) =>
        registration[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}

/// <summary>What became of a client that was to be taken over.</summary>
/// <param name="ClientId">Its id; <see langword="null"/> where it has none.</param>
/// <param name="IsNew">Whether it was not here before.</param>
/// <param name="Problem">Why it was left out; <see langword="null"/> when it is here now.</param>
public sealed record ImportedClient(string? ClientId, bool IsNew, string? Problem);
