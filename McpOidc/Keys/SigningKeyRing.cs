using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// The keys that sign tokens: those of the configuration, else those in the store, else one that is made and kept there. Whoever writes
/// the stored ring first wins, and every instance uses that one.
/// </summary>
internal sealed partial class SigningKeyRing(
    IOptions<KeyOptions> options, RecordStore records, ISecretSource secrets, TimeProvider clock, ILogger<SigningKeyRing> logger)
{
    private volatile KeyRingSnapshot? _current;

    /// <summary>What is in use. Loaded before the server takes requests.</summary>
    public KeyRingSnapshot Current
        => _current ?? throw new InvalidOperationException("The signing keys are not loaded yet: the host has to be started before tokens are issued.");

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var signing = options.Value.Jwks is { Length: > 0 } jwks
            ? JsonWebKeySetReader.Read(jwks)
            : await LoadStoredAsync(cancellationToken);
        var encryption = new SymmetricSecurityKey(await secrets.DeriveKeyAsync(SecretPurpose.TokenEncryption, cancellationToken));
        _current = new KeyRingSnapshot(signing, new EncryptingCredentials(encryption, SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
    }

    private async Task<IReadOnlyList<SigningCredentials>> LoadStoredAsync(CancellationToken cancellationToken)
    {
        if (await records.GetAsync(StoreKeys.SigningKeys, StoreKeys.SigningKeysId, cancellationToken) is { } stored)
        {
            return ToCredentials(stored.Value);
        }

        var created = new SigningKeySet { Keys = [new SigningKeyRecord { Jwk = JsonWebKeyText.Private(KeyGenerator.Create(options.Value.Algorithm)), CreatedAt = clock.GetUtcNow() }] };
        if (await records.AddAsync(StoreKeys.SigningKeys, StoreKeys.SigningKeysId, created, DateTimeOffset.MaxValue, cancellationToken) is not null)
        {
            var credentials = ToCredentials(created);
            LogKeyCreated(credentials[0].Algorithm, credentials[0].Key.KeyId);
            return credentials;
        }

        return await records.GetAsync(StoreKeys.SigningKeys, StoreKeys.SigningKeysId, cancellationToken) is { } other
            ? ToCredentials(other.Value)
            : throw new StoreUnavailableException("The signing keys were written by another process and then disappeared.");
    }

    private static IReadOnlyList<SigningCredentials> ToCredentials(SigningKeySet set)
        => [.. set.Keys.Select(key => JsonWebKeySetReader.ToCredentials(new JsonWebKey(key.Jwk)))];

    [LoggerMessage(1101, LogLevel.Information, "A signing key was made and is kept in the store: {Algorithm} {KeyId}.")]
    private partial void LogKeyCreated(string algorithm, string keyId);
}

/// <summary>The keys at one moment: the first signs, all are published, the encryption key is for codes and never leaves this server.</summary>
internal sealed record KeyRingSnapshot(IReadOnlyList<SigningCredentials> Signing, EncryptingCredentials Encryption);
