using McpOidc.Storage;

namespace McpOidc.Doctor;

/// <summary>A store that its owner disposes.</summary>
internal sealed class BorrowedStore(IMcpOidcStore store) : IMcpOidcStore
{
    public ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        store.GetAsync(key, cancellationToken);

    public ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        store.AddAsync(key, write, cancellationToken);

    public ValueTask<long?> ReplaceAsync(
        string key,
        long expectedVersion,
        StoreWrite write,
        CancellationToken cancellationToken = default
    ) => store.ReplaceAsync(key, expectedVersion, write, cancellationToken);

    public ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) =>
        store.TakeAsync(key, cancellationToken);

    public ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
        store.RemoveAsync(key, expectedVersion, cancellationToken);

    public IAsyncEnumerable<string> ListAsync(string index, CancellationToken cancellationToken = default) =>
        store.ListAsync(index, cancellationToken);
}
