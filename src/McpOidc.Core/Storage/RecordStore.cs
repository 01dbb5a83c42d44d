using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Storage;

/// <summary>Typed access to the store: JSON, encrypted if the kind requires it.</summary>
internal sealed class RecordStore(
    IMcpOidcStore store,
    StoredPayloadProtector protector,
    IHttpContextAccessor? http = null,
    IStrangerLedger? ledger = null
)
{
    /// <summary>The approximate overhead of a store per record, besides key and value.</summary>
    public const int Overhead = 200;

    private RequestMemory? Memory => http?.HttpContext is { } context ? RequestMemory.Of(context) : null;

    /// <summary>
    /// Returns what this request has already read or is reading. Use it for records that are then changed by compare-and-swap, or that do
    /// not change during a request; to wait for a change, use <see cref="GetAsync"/>.
    /// </summary>
    public ValueTask<Versioned<T>?> RecallAsync<T>(RecordKind<T> kind, string id, CancellationToken cancellationToken)
        where T : class =>
        Memory is { } memory
            ? new(memory.RecallAsync(kind.Key(id), () => FirstReadAsync(memory, kind, kind.Key(id), cancellationToken)))
            : GetAsync(kind, id, cancellationToken);

    /// <summary>Starts to read what this request will recall, in one round trip. Nothing depends on its success: a read that fails is
    /// repeated by the caller that needs it.</summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <param name="keys">The keys, as created by their kinds.</param>
    public void ReadAhead(CancellationToken cancellationToken, params IReadOnlyList<string> keys)
    {
        if (Memory is { } memory)
        {
            var reading = store.GetManyAsync(keys, cancellationToken).AsTask();
            memory.Expect(keys, reading);
            _ = reading.ContinueWith(
                static failed => _ = failed.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
    }

    private async Task<Versioned<T>?> FirstReadAsync<T>(
        RequestMemory memory,
        RecordKind<T> kind,
        string key,
        CancellationToken cancellationToken
    )
        where T : class =>
        await ReadAsync(
            kind,
            key,
            memory.TryTakeExpected(key, out var expected, out var number)
                ? (await expected)[number]
                : await store.GetAsync(key, cancellationToken),
            cancellationToken
        );

    /// <summary>Makes the next <see cref="RecallAsync"/> read again.</summary>
    public void Forget<T>(RecordKind<T> kind, string id)
        where T : class => Memory?.Forget(kind.Key(id));

    public async ValueTask<Versioned<T>?> GetAsync<T>(RecordKind<T> kind, string id, CancellationToken cancellationToken)
        where T : class
    {
        var key = kind.Key(id);
        return await ReadAsync(kind, key, await store.GetAsync(key, cancellationToken), cancellationToken);
    }

    /// <summary>Reads several records in one round trip.</summary>
    /// <returns>One entry for each id, in their order.</returns>
    public async ValueTask<IReadOnlyList<Versioned<T>?>> GetManyAsync<T>(
        RecordKind<T> kind,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var keys = ids.Select(kind.Key).ToList();
        var records = await store.GetManyAsync(keys, cancellationToken);
        var found = new Versioned<T>?[keys.Count];
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = await ReadAsync(kind, keys[i], records[i], cancellationToken);
        }

        return found;
    }

    public async ValueTask<Versioned<T>?> TakeAsync<T>(RecordKind<T> kind, string id, CancellationToken cancellationToken)
        where T : class
    {
        var key = kind.Key(id);
        Memory?.Forget(key);
        var taken = await store.TakeAsync(key, cancellationToken);
        var found = await ReadAsync(kind, key, taken, cancellationToken);
        if (kind.IsOfStrangers && found is not null)
        {
            ledger?.Release(SizeOf(key, taken!.Value), kind.ExpiresAt(found.Value));
        }

        return found;
    }

    public async ValueTask<long?> AddAsync<T>(
        RecordKind<T> kind,
        string id,
        T value,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken,
        params string[] indexes
    )
        where T : class => await AddAsync(kind, id, value, expiresAt, indexedUntil: null, cancellationToken, indexes);

    /// <param name="kind">The kind.</param>
    /// <param name="id">The id.</param>
    /// <param name="value">The record.</param>
    /// <param name="expiresAt">When it expires.</param>
    /// <param name="indexedUntil">When it expires at the latest, if its lifetime is extended.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <param name="indexes">The indexes that list it.</param>
    public async ValueTask<long?> AddAsync<T>(
        RecordKind<T> kind,
        string id,
        T value,
        DateTimeOffset expiresAt,
        DateTimeOffset? indexedUntil,
        CancellationToken cancellationToken,
        params string[] indexes
    )
        where T : class
    {
        var key = kind.Key(id);
        Memory?.Forget(key);
        var write = await WriteAsync(kind, key, value, expiresAt, indexes, cancellationToken);
        if (kind.IsOfStrangers && ledger is not null)
        {
            await ledger.SpendAsync(SizeOf(key, write.Value), expiresAt, cancellationToken);
        }

        return await store.AddAsync(key, write with { IndexedUntil = indexedUntil }, cancellationToken);
    }

    /// <summary>Replaces a record that an unauthenticated caller caused, and updates the count. One that is not larger is not
    /// refused.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="id">The id.</param>
    /// <param name="before">The record as it was read.</param>
    /// <param name="after">The new record.</param>
    /// <param name="isCounted">Whether the new one is counted too; not if it belongs to a known user from now on.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The new version; <see langword="null"/> if another writer changed the record.</returns>
    /// <exception cref="StrangersFullException">It is larger, and the limit is reached.</exception>
    public async ValueTask<long?> ReplaceCountedAsync<T>(
        RecordKind<T> kind,
        string id,
        Versioned<T> before,
        T after,
        bool isCounted,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var (expiresAt, freed) = (kind.ExpiresAt(after), SizeOf(before.Value));
        var needed = isCounted ? SizeOf(after) : 0;
        if (ledger is not null && needed > freed)
        {
            await ledger.SpendAsync(needed, expiresAt, cancellationToken);
        }
        else if (isCounted)
        {
            ledger?.Count(needed, expiresAt);
        }

        var version = await ReplaceAsync(kind, id, before.Version, after, expiresAt, cancellationToken);
        var (bytes, end) = version is null ? (needed, expiresAt) : (freed, kind.ExpiresAt(before.Value));
        ledger?.Release(bytes, end);
        return version;

        int SizeOf(T value) => RecordStore.SizeOf(kind.Key(id), JsonSerializer.SerializeToUtf8Bytes(value, kind.Json));
    }

    /// <summary>Adds a record if none exists, and otherwise reads the existing one, which saves a <see cref="ChangeAsync"/>.</summary>
    /// <returns>The existing record; <see langword="null"/> if it was added.</returns>
    public async ValueTask<T?> AddOrGetAsync<T>(RecordKind<T> kind, string id, T value, CancellationToken cancellationToken)
        where T : class
    {
        var key = kind.Key(id);
        Memory?.Forget(key);
        var result = await store.AddOrGetAsync(key, await WriteAsync(kind, key, value, cancellationToken), cancellationToken);
        if (result.IsAdded)
        {
            return null;
        }

        var found = await ReadAsync(kind, key, result.Existing, cancellationToken);
        Memory?.Remember(key, found);
        return found?.Value;
    }

    /// <summary>Changes or creates a record by compare-and-swap, and retries if another writer changed it.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="id">The id.</param>
    /// <param name="decide">
    /// Returns the new record for the current one, which may be absent, or <see langword="null"/> to leave it. May be called more than
    /// once.
    /// </param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="StoreUnavailableException">It changed at each attempt.</exception>
    public async ValueTask<Changed<T>> ChangeAsync<T>(
        RecordKind<T> kind,
        string id,
        Func<T?, T?> decide,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var key = kind.Key(id);
        // The first attempt can use what this request has already read: if the record has changed since, the write fails. A decision to
        // leave the record needs a fresh read.
        if (
            Memory?.Find<T>(key) is { } remembered
            && await remembered is { } known
            && decide(known.Value) is { } next
            && await WriteAsync(kind, key, next, cancellationToken) is var write
            && await store.ReplaceAsync(key, known.Version, write, cancellationToken) is not null
        )
        {
            Memory?.Forget(key);
            return new Changed<T>(known.Value, next);
        }

        Changed<T> changed = default;
        await store.ChangeAsync(key, DecideAsync, cancellationToken);
        Memory?.Forget(key);
        return changed;

        async ValueTask<StoreWrite?> DecideAsync(StoredRecord? found)
        {
            var before = (await ReadAsync(kind, key, found, cancellationToken))?.Value;
            changed = new Changed<T>(before, decide(before));
            return changed.After is { } after ? await WriteAsync(kind, key, after, cancellationToken) : null;
        }
    }

    /// <summary>Confirms a record that was found rather than written, before answering on its basis:
    /// <see cref="IMcpOidcStore.ConfirmAsync"/>.</summary>
    public ValueTask ConfirmAsync<T>(RecordKind<T> kind, string id, CancellationToken cancellationToken)
        where T : class => store.ConfirmAsync(kind.Key(id), cancellationToken);

    public async ValueTask<long?> ReplaceAsync<T>(
        RecordKind<T> kind,
        string id,
        long expectedVersion,
        T value,
        DateTimeOffset expiresAt,
        CancellationToken cancellationToken,
        params string[] indexes
    )
        where T : class
    {
        var key = kind.Key(id);
        Memory?.Forget(key);
        return await store.ReplaceAsync(
            key,
            expectedVersion,
            await WriteAsync(kind, key, value, expiresAt, indexes, cancellationToken),
            cancellationToken
        );
    }

    public ValueTask<bool> RemoveAsync<T>(RecordKind<T> kind, string id, CancellationToken cancellationToken, long? expectedVersion = null)
        where T : class
    {
        var key = kind.Key(id);
        Memory?.Forget(key);
        return store.RemoveAsync(key, expectedVersion, cancellationToken);
    }

    private ValueTask<StoreWrite> WriteAsync<T>(RecordKind<T> kind, string key, T value, CancellationToken cancellationToken)
        where T : class => WriteAsync(kind, key, value, kind.ExpiresAt(value), kind.IndexesOf(value), cancellationToken);

    private async ValueTask<StoreWrite> WriteAsync<T>(
        RecordKind<T> kind,
        string key,
        T value,
        DateTimeOffset expiresAt,
        string[] indexes,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, kind.Json);
        if (kind.Encrypted)
        {
            bytes = await protector.ProtectAsync(bytes, key, cancellationToken);
        }

        return new StoreWrite(bytes, expiresAt) { Indexes = indexes };
    }

    private async ValueTask<Versioned<T>?> ReadAsync<T>(
        RecordKind<T> kind,
        string key,
        StoredRecord? record,
        CancellationToken cancellationToken
    )
        where T : class
    {
        if (record is null)
        {
            return null;
        }

        var bytes = kind.Encrypted ? await protector.UnprotectAsync(record.Value, key, cancellationToken) : record.Value;
        return JsonSerializer.Deserialize(bytes.Span, kind.Json) is { } value ? new Versioned<T>(value, record.Version) : null;
    }

    private static int SizeOf(string key, ReadOnlyMemory<byte> value) => key.Length + value.Length + Overhead;
}
