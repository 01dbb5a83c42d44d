using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace McpOidc.Keys;

/// <summary>
/// The keys that sign tokens: those of the configuration, else those in the store, which are replaced in time. Whoever writes the stored
/// ring first wins, and every instance uses that one.
/// </summary>
internal sealed partial class SigningKeyRing(
    IOptions<KeyOptions> options,
    IOptions<TokenOptions> tokens,
    Lifetimes lifetimes,
    StoredSigningKeys stored,
    IRootKeys keys,
    TimeProvider clock,
    ILogger<SigningKeyRing> logger
) : IOptionsChangeTokenSource<OpenIddictServerOptions>, IDisposable
{
    /// <summary>How much later than its tokens a key goes: clocks differ, and an instance that was away for a while signs with it
    /// still.</summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile KeyRingSnapshot? _current;
    private CancellationTokenSource _changed = new();

    /// <summary>What is in use. Loaded before the server takes requests.</summary>
    public KeyRingSnapshot Current =>
        _current
        ?? throw new InvalidOperationException("The signing keys are not loaded yet: the host has to be started before tokens are issued.");

    string? IOptionsChangeTokenSource<OpenIddictServerOptions>.Name => Options.DefaultName;

    IChangeToken IOptionsChangeTokenSource<OpenIddictServerOptions>.GetChangeToken() =>
        new CancellationChangeToken(Volatile.Read(ref _changed).Token);

    public KeySchedule Schedule =>
        new(
            options.Value.RotationInterval,
            options.Value.PublishBefore,
            (
                lifetimes.LongestAccessToken > tokens.Value.IdentityTokenLifetime
                    ? lifetimes.LongestAccessToken
                    : tokens.Value.IdentityTokenLifetime
            ) + s_margin
        );

    /// <summary>Whether the operator brings the keys, and changes them.</summary>
    public bool IsConfigured => options.Value.Jwks is { Length: > 0 };

    /// <summary>Reads the keys, does what is due, and puts into use what is new.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var signing = IsConfigured ? JsonWebKeySetReader.Read(options.Value.Jwks!) : await ReadStoredAsync(cancellationToken);
            var encryption = await keys.DeriveAsync(KeyPurpose.TokenEncryption, cancellationToken);
            Use(signing, encryption);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _gate.Dispose();
        _changed.Dispose();
    }

    private async Task<IReadOnlyList<SigningCredentials>> ReadStoredAsync(CancellationToken cancellationToken)
    {
        var set = await stored.ChangeAsync((set, now) => set.Advance(now, Schedule, stored.CreateKey), cancellationToken);
        return [.. set.InOrder(clock.GetUtcNow()).Select(key => JsonWebKeySetReader.ToCredentials(new JsonWebKey(key.Jwk)))];
    }

    private void Use(IReadOnlyList<SigningCredentials> signing, IReadOnlyList<DerivedKey> encryption)
    {
        var known = _current;
        if (
            known is not null
            && known.Signing.Select(key => key.Key.KeyId).SequenceEqual(signing.Select(key => key.Key.KeyId))
            && known.EncryptionIds.SequenceEqual(encryption.Select(key => key.Id))
        )
        {
            return;
        }

        _current = new KeyRingSnapshot(signing, [.. encryption.Select(ToCredentials)])
        {
            Keys = [.. signing.Select(key => key.Key)],
            EncryptionIds = [.. encryption.Select(key => key.Id)],
        };
        LogInUse(signing[0].Algorithm, signing[0].Key.KeyId, signing.Count);
        using var before = Interlocked.Exchange(ref _changed, new CancellationTokenSource());
        before.Cancel();
    }

    private static EncryptingCredentials ToCredentials(DerivedKey key) =>
        new(
            new SymmetricSecurityKey(key.Value) { KeyId = key.Id.ToString("x8") },
            SecurityAlgorithms.Aes256KW,
            SecurityAlgorithms.Aes256CbcHmacSha512
        );

    [LoggerMessage(1102, LogLevel.Information, "Tokens are signed with {Algorithm} {KeyId}; {Count} keys are published.")]
    private partial void LogInUse(string algorithm, string keyId, int count);
}

/// <summary>The keys at one moment: the first signs, all are published, the encryption keys are for codes and never leave this
/// server.</summary>
internal sealed record KeyRingSnapshot(IReadOnlyList<SigningCredentials> Signing, IReadOnlyList<EncryptingCredentials> Encryption)
{
    public required IReadOnlyList<SecurityKey> Keys { get; init; }
    public required IReadOnlyList<uint> EncryptionIds { get; init; }
}
