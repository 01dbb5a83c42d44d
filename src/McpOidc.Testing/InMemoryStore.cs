using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using McpOidc.Storage;

namespace McpOidc.Testing;

/// <summary>A store in memory. Hosts in one process share it by using the same instance.</summary>
/// <param name="clock">The clock for expiry.</param>
public sealed class InMemoryStore(TimeProvider clock) : IMcpOidcStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Kept> _records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, long>> _indexes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Listener, string> _listeners = new();
    private long _version;

    // An index entry belongs to one lifetime of a record: a record written again after its end must join again.
    private sealed record Kept(StoredRecord Record, DateTimeOffset ExpiresAt, long Life);

    /// <inheritdoc/>
    public ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        Locked(() => Find(key)?.Record, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        Locked(() => Find(key) is null ? Write(key, write, life: null) : (long?)null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> ReplaceAsync(
        string key,
        long expectedVersion,
        StoreWrite write,
        CancellationToken cancellationToken = default
    ) =>
        Locked(
            () => Find(key) is { } kept && kept.Record.Version == expectedVersion ? Write(key, write, kept.Life) : (long?)null,
            cancellationToken
        );

    /// <inheritdoc/>
    public ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) =>
        Locked(
            () =>
            {
                var kept = Find(key);
                _records.Remove(key);
                return kept?.Record;
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        Locked(
            () => Find(key) is { } kept && kept.Record.Version == (expectedVersion ?? kept.Record.Version) && _records.Remove(key),
            cancellationToken
        );

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListAsync(string index, CancellationToken cancellationToken = default) =>
        KeysAsync(
            () =>
                _indexes.TryGetValue(index, out var entries)
                    ? [.. entries.Where(entry => Find(entry.Key)?.Life == entry.Value).Select(entry => entry.Key)]
                    : [],
            cancellationToken
        );

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ScanAsync(string prefix, CancellationToken cancellationToken = default) =>
        KeysAsync(
            () => [.. _records.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && Find(key) is not null)],
            cancellationToken
        );

    /// <inheritdoc/>
    public ValueTask SignalAsync(string channel)
    {
        foreach (var (listener, _) in _listeners.Where(listening => listening.Value == channel))
        {
            listener.Signalled();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable?> ListenAsync(string channel, Action signalled, CancellationToken cancellationToken = default)
    {
        var listener = new Listener(signalled, _listeners);
        _listeners[listener] = channel;
        return new(listener);
    }

    private Kept? Find(string key) => _records.TryGetValue(key, out var kept) && kept.ExpiresAt > clock.GetUtcNow() ? kept : null;

    private long Write(string key, StoreWrite write, long? life)
    {
        var version = ++_version;
        _records[key] = new Kept(new StoredRecord(write.Value.ToArray(), version), write.ExpiresAt, life ?? version);
        foreach (var index in write.Indexes)
        {
            if (!_indexes.TryGetValue(index, out var entries))
            {
                _indexes[index] = entries = new(StringComparer.Ordinal);
            }

            entries[key] = life ?? version;
        }

        return version;
    }

    private ValueTask<T> Locked<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellationToken);
        }

        lock (_lock)
        {
            return new(work());
        }
    }

    private async IAsyncEnumerable<string> KeysAsync(Func<List<string>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var key in await Locked(read, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return key;
        }
    }

    private sealed class Listener(Action signalled, ConcurrentDictionary<Listener, string> listeners) : IAsyncDisposable
    {
        public Action Signalled => signalled;

        public ValueTask DisposeAsync()
        {
            listeners.TryRemove(this, out _);
            return ValueTask.CompletedTask;
        }
    }
}
