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
/// The keys that sign tokens: those of the configuration, else those in the store, which are replaced in time. Whoever writes a stored
/// ring first wins, and every instance uses that one. An RSA key takes a while to make, so the first one for id_tokens is made while
/// requests are taken already; it signs nothing else.
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
        ?? throw new StoreUnavailableException(
            "The signing keys are not read yet: the host has not been started, or the store has been away since."
        );

    /// <summary>Whether there are keys to sign with.</summary>
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

    /// <summary>Whether the operator brings the keys, and changes them.</summary>
    public bool IsConfigured => options.Value.Jwks is { Length: > 0 };

    /// <summary>Reads the keys, does what is due, and puts into use what is new.</summary>
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

    /// <summary>Makes the key for id_tokens where there is none yet.</summary>
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

    /// <summary>What an id_token is signed with; waits for the first key of a new installation.</summary>
    public async ValueTask<SigningCredentials> FindForIdentityTokenAsync(string algorithm, CancellationToken cancellationToken)
    {
        if (Current.ForIdentityToken(algorithm) is { } known)
        {
            return known;
        }

        await CompleteAsync(cancellationToken);
        // A key of a setting that has changed since is still better than no answer.
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

    // Beside a first key for another algorithm, one for RS256 is there for id_tokens.
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
