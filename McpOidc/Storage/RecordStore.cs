using System.Text.Json;

namespace McpOidc.Storage;

/// <summary>Typed access to the store: JSON in and out, encrypted where the kind says so.</summary>
internal sealed class RecordStore(IMcpOidcStore store, StoredPayloadProtector protector)
{
    public async ValueTask<Versioned<T>?> GetAsync<T>(RecordKind<T> kind, string id, CancellationToken cancellationToken) where T : class
    {
        var key = kind.Key(id);
        return await ReadAsync(kind, key, await store.GetAsync(key, cancellationToken), cancellationToken);
    }

    public async ValueTask<Versioned<T>?> TakeAsync<T>(RecordKind<T> kind, string id, CancellationToken cancellationToken) where T : class
    {
        var key = kind.Key(id);
        return await ReadAsync(kind, key, await store.TakeAsync(key, cancellationToken), cancellationToken);
    }

    public async ValueTask<long?> AddAsync<T>(
        RecordKind<T> kind, string id, T value, DateTimeOffset expiresAt, CancellationToken cancellationToken, params string[] indexes) where T : class
    {
        var key = kind.Key(id);
        return await store.AddAsync(key, await WriteAsync(kind, key, value, expiresAt, indexes, cancellationToken), cancellationToken);
    }

    public async ValueTask<long?> ReplaceAsync<T>(
        RecordKind<T> kind, string id, long expectedVersion, T value, DateTimeOffset expiresAt, CancellationToken cancellationToken, params string[] indexes) where T : class
    {
        var key = kind.Key(id);
        return await store.ReplaceAsync(key, expectedVersion, await WriteAsync(kind, key, value, expiresAt, indexes, cancellationToken), cancellationToken);
    }

    public ValueTask<bool> RemoveAsync<T>(RecordKind<T> kind, string id, CancellationToken cancellationToken, long? expectedVersion = null) where T : class
        => store.RemoveAsync(kind.Key(id), expectedVersion, cancellationToken);

    private async ValueTask<StoreWrite> WriteAsync<T>(
        RecordKind<T> kind, string key, T value, DateTimeOffset expiresAt, string[] indexes, CancellationToken cancellationToken) where T : class
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, kind.Json);
        if (kind.Encrypted)
        {
            bytes = await protector.ProtectAsync(bytes, key, cancellationToken);
        }

        return new StoreWrite(bytes, expiresAt) { Indexes = indexes };
    }

    private async ValueTask<Versioned<T>?> ReadAsync<T>(RecordKind<T> kind, string key, StoredRecord? record, CancellationToken cancellationToken) where T : class
    {
        if (record is null)
        {
            return null;
        }

        var bytes = kind.Encrypted ? await protector.UnprotectAsync(record.Value, key, cancellationToken) : record.Value;
        return JsonSerializer.Deserialize(bytes.Span, kind.Json) is { } value ? new Versioned<T>(value, record.Version) : null;
    }
}
