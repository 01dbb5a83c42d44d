using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;

namespace McpOidc.Keys;

/// <summary>
/// The root keys, kept in the store and wrapped with the configured secret. The first process to write them wins. A new secret wraps them
/// again, so that nothing encrypted, signed or issued before is lost (<c>docs/decisions/0009-stored-payloads.md</c>).
/// </summary>
internal sealed partial class RootKeys(IMcpOidcStore store, KeyWraps wraps, TimeProvider clock, ILogger<RootKeys> logger)
    : IRootKeys,
        IDisposable
{
    private static readonly TimeSpan s_maximumAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_announcedBefore = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Opened? _current;

    private sealed record Opened(RootKeyRecord[] Records, IReadOnlyDictionary<uint, byte[]> Keys, long ReadAt, DateTimeOffset ReadAtTime)
    {
        private readonly Dictionary<(uint, KeyPurpose), DerivedKey> _derived = [];

        public DerivedKey Derive(uint id, KeyPurpose purpose)
        {
            lock (_derived)
            {
                return _derived.TryGetValue((id, purpose), out var known)
                    ? known
                    : _derived[(id, purpose)] = new DerivedKey(
                        id,
                        HKDF.DeriveKey(
                            HashAlgorithmName.SHA256,
                            Keys[id],
                            outputLength: 32,
                            info: Encoding.UTF8.GetBytes($"McpOidc {purpose} v1")
                        )
                    );
            }
        }
    }

    public async ValueTask<IReadOnlyList<DerivedKey>> DeriveAsync(KeyPurpose purpose, CancellationToken cancellationToken)
    {
        var current = _current is { } known && IsRecent(known) ? known : await ReadAgainAsync(unless: null, cancellationToken);
        var now = clock.GetUtcNow();
        var inUse = current.Records.LastOrDefault(key => key.UsableFrom <= now) ?? current.Records[0];
        return
        [
            current.Derive(inUse.Id, purpose),
            .. current.Records.Where(key => key != inUse).Select(key => current.Derive(key.Id, purpose)),
        ];
    }

    public async ValueTask<DerivedKey?> FindAsync(KeyPurpose purpose, uint id, CancellationToken cancellationToken)
    {
        var current = _current ?? await ReadAgainAsync(unless: null, cancellationToken);
        if (!current.Keys.ContainsKey(id))
        {
            // Created by another process a moment ago.
            current = await ReadAgainAsync(unless: current, cancellationToken);
        }

        return current.Keys.ContainsKey(id) ? current.Derive(id, purpose) : null;
    }

    public void Dispose() => _gate.Dispose();

    // Uses both clocks, because the host's clock, which decides when keys come into use, may jump.
    private bool IsRecent(Opened known) =>
        Stopwatch.GetElapsedTime(known.ReadAt) < s_maximumAge && (clock.GetUtcNow() - known.ReadAtTime).Duration() < s_maximumAge;

    private async Task<Opened> ReadAgainAsync(Opened? unless, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var known = _current;
            if (known is not null && (unless is null ? IsRecent(known) : known != unless))
            {
                return known;
            }

            return _current = await LoadAsync(cancellationToken);
        }
        catch (StoreUnavailableException) when (_current is not null && unless is null)
        {
            // Cached keys stay correct: keys are only added, and used minutes later at the earliest.
            return _current;
        }
        catch (SettingException exception) when (_current is not null && unless is null)
        {
            // Processes with a newer secret have retired this one's. Tried again a minute later, like any reading.
            LogRetired(exception);
            return _current = _current with { ReadAt = Stopwatch.GetTimestamp(), ReadAtTime = clock.GetUtcNow() };
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<Opened> LoadAsync(CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var known = await wraps.GetAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var (before, current) = (default(RootKeySet), default(RootKeySet)!);
        await store.ChangeAsync(
            StoreKeys.RootKeys,
            stored =>
            {
                before = stored is null ? null : JsonSerializer.Deserialize(stored.Value.Span, StoreJson.Default.RootKeySet);
                var changed = before is null
                    ? RootKeySet.Create(known, now)
                    : before.For(known, OpenAll(before, known), now, now + s_announcedBefore);
                current = changed ?? before!;
                return new(
                    changed is null
                        ? null
                        : new StoreWrite(
                            JsonSerializer.SerializeToUtf8Bytes(changed, StoreJson.Default.RootKeySet),
                            DateTimeOffset.MaxValue
                        )
                );
            },
            cancellationToken
        );
        if (before is not null && current != before)
        {
            LogRewrapped(current.Keys.Length, known.Count);
        }

        return new Opened(current.Keys, OpenAll(current, known), begun, now);
    }

    private static Dictionary<uint, byte[]> OpenAll(RootKeySet set, IReadOnlyList<IKeyWrap> wraps) =>
        set.Keys.ToDictionary(key => key.Id, key => Open(key, wraps));

    private static byte[] Open(RootKeyRecord key, IReadOnlyList<IKeyWrap> wraps)
    {
        foreach (var wrap in wraps)
        {
            if (key.Wraps.FirstOrDefault(wrapped => wrapped.Secret == wrap.Id) is { } wrapped)
            {
                return wrap.Unwrap(wrapped.Value, key.Id);
            }
        }

        throw new SettingException(
            new(
                "McpOidc:Secret",
                "does not unwrap the keys in the store: another secret wrapped them",
                "Set McpOidc:PreviousSecrets:0 to the previous secret, or start with an empty store."
            )
        );
    }

    [LoggerMessage(
        2986,
        LogLevel.Error,
        "The secret of this process no longer unwraps the keys in the store: other processes have retired it. The known keys remain in use "
            + "until this process ends. Restart it with the secret of the others."
    )]
    private partial void LogRetired(Exception exception);

    [LoggerMessage(
        1103,
        LogLevel.Information,
        "The secrets have changed, and the root keys are wrapped again. Keys: {Keys}, secrets: {Secrets}. A new root key comes into use in "
            + "five minutes."
    )]
    private partial void LogRewrapped(int keys, int secrets);
}
