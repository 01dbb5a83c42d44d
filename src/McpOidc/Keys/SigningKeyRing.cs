using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace McpOidc.Keys;

/// <summary>
/// The signing keys: configured ones, or those in the store, which are rotated. The first process to write a stored ring wins, and every
/// instance uses that one. An RSA key takes a while to generate, so the first one for id_tokens is generated while requests are already
/// served; it signs nothing else.
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
    /// <summary>How long a key is kept after its tokens have expired: for clock skew, and for an instance that was unreachable and still
    /// signs with it.</summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile KeyRingSnapshot? _current;
    private CancellationTokenSource _changed = new();

    /// <summary>The current keys. Loaded before the server accepts requests.</summary>
    public KeyRingSnapshot Current =>
        _current
        ?? throw new StoreUnavailableException(
            "The signing keys have not been read: the host has not been started, or the store has been unreachable since the start."
        );

    /// <summary>Whether there are signing keys.</summary>
    public bool IsLoaded => _current is not null;

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

    /// <summary>Whether the operator configured the keys.</summary>
    public bool IsConfigured => options.Value.Jwks is { Length: > 0 };

    /// <summary>Reads the keys, performs due rotations, and activates new keys.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await ReadAsync(makesMissing: false, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Generates the key for id_tokens if there is none yet.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!Current.IsComplete && !IsConfigured)
            {
                await ReadAsync(makesMissing: true, cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The key that signs an id_token; waits for the first key of a new installation.</summary>
    public async ValueTask<SigningCredentials> FindForIdentityTokenAsync(string algorithm, CancellationToken cancellationToken)
    {
        if (Current.ForIdentityToken(algorithm) is { } known)
        {
            return known;
        }

        await CompleteAsync(cancellationToken);
        // A key of an algorithm that has since been changed in the settings is still better than no response.
        return Current.ForIdentityToken(algorithm) ?? Current.Signing[0];
    }

    public void Dispose()
    {
        _gate.Dispose();
        _changed.Dispose();
    }

    private async Task ReadAsync(bool makesMissing, CancellationToken cancellationToken)
    {
        var (signing, identity) = IsConfigured ? ReadConfigured() : await ReadStoredAsync(makesMissing, cancellationToken);
        var encryption = await keys.DeriveAsync(KeyPurpose.TokenEncryption, cancellationToken);
        Use(signing, identity, encryption);
    }

    // If the first key has another algorithm, a key for RS256 signs id_tokens.
    private (SigningCredentials[] Signing, SigningCredentials[] Identity) ReadConfigured()
    {
        var all = JsonWebKeySetReader.Read(options.Value.Jwks!);
        SigningCredentials[] identity =
            all[0].Algorithm == SigningAlgorithms.Usual ? [] : [.. all.Where(key => key.Algorithm == SigningAlgorithms.Usual)];
        return ([.. all.Except(identity)], identity);
    }

    private async Task<(SigningCredentials[] Signing, SigningCredentials[] Identity)> ReadStoredAsync(
        bool makesMissing,
        CancellationToken cancellationToken
    )
    {
        var signing = await AdvanceAsync(stored.OfAccessTokens, cancellationToken);
        var wantsIdentity =
            signing[0].Algorithm != SigningAlgorithms.Usual
            && (makesMissing || await stored.FindAsync(StoredSigningKeys.OfIdentityTokens, cancellationToken) is not null);
        return (signing, wantsIdentity ? await AdvanceAsync(StoredSigningKeys.OfIdentityTokens, cancellationToken) : []);
    }

    private async Task<SigningCredentials[]> AdvanceAsync(StoredKeyRing ring, CancellationToken cancellationToken)
    {
        var set = await stored.ChangeAsync(ring, (set, now) => set.Advance(now, Schedule, ring.CreateKey), cancellationToken);
        return [.. set.InOrder(clock.GetUtcNow()).Select(key => JsonWebKeySetReader.ToCredentials(new JsonWebKey(key.Jwk)))];
    }

    private void Use(SigningCredentials[] signing, SigningCredentials[] identity, IReadOnlyList<DerivedKey> encryption)
    {
        var known = _current;
        if (
            known is not null
            && AreSame(known.Signing, signing)
            && AreSame(known.Identity, identity)
            && known.EncryptionIds.SequenceEqual(encryption.Select(key => key.Id))
        )
        {
            return;
        }

        _current = new KeyRingSnapshot(signing, identity, [.. encryption.Select(ToCredentials)])
        {
            Keys = [.. signing.Select(key => key.Key)],
            EncryptionIds = [.. encryption.Select(key => key.Id)],
        };
        LogInUse(signing[0].Algorithm, signing[0].Key.KeyId, signing.Length + identity.Length);
        using var before = Interlocked.Exchange(ref _changed, new CancellationTokenSource());
        before.Cancel();
    }

    private static bool AreSame(IReadOnlyList<SigningCredentials> known, SigningCredentials[] read) =>
        known.Select(key => key.Key.KeyId).SequenceEqual(read.Select(key => key.Key.KeyId));

    private static EncryptingCredentials ToCredentials(DerivedKey key) =>
        new(
            new SymmetricSecurityKey(key.Value) { KeyId = key.Id.ToString("x8") },
            SecurityAlgorithms.Aes256KW,
            SecurityAlgorithms.Aes256CbcHmacSha512
        );

    [LoggerMessage(1102, LogLevel.Information, "Access tokens are signed with {Algorithm} {KeyId}; keys published: {Count}.")]
    private partial void LogInUse(string algorithm, string keyId, int count);
}
