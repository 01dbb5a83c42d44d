using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using McpOidc.Storage;

namespace McpOidc.Doctor;

/// <summary>
/// Reads from a store but keeps all writes in memory: start-up code can run to see whether it works and what it would change, without
/// changing anything.
/// </summary>
/// <param name="below">The store, or <see langword="null"/> if it does not exist yet.</param>
internal sealed class OverlayStore(IMcpOidcStore? below) : IMcpOidcStore
{
    private readonly ConcurrentDictionary<string, StoredRecord> _written = new(StringComparer.Ordinal);

    /// <summary>Whether a record was written that differs from the store.</summary>
    public bool WouldWrite(string key) => _written.ContainsKey(key);

    public async ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        _written.TryGetValue(key, out var own) ? own
        : below is null ? null
        : await below.GetAsync(key, cancellationToken);

    public async ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        await GetAsync(key, cancellationToken) is null ? Write(key, write) : null;

    public async ValueTask<long?> ReplaceAsync(
        string key,
        long expectedVersion,
        StoreWrite write,
        CancellationToken cancellationToken = default
    ) => (await GetAsync(key, cancellationToken))?.Version == expectedVersion ? Write(key, write) : null;

    public ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) => throw Forbidden();

    public ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        throw Forbidden();

    public async IAsyncEnumerable<string> ListAsync(string index, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (below is not null)
        {
            await foreach (var key in below.ListAsync(index, cancellationToken))
            {
                yield return key;
            }
        }
    }

    private long Write(string key, StoreWrite write)
    {
        var version = RecordVersion.Next();
        _written[key] = new StoredRecord(write.Value, version);
        return version;
    }

    private static InvalidOperationException Forbidden() => new("The examined store must not be changed.");
}
