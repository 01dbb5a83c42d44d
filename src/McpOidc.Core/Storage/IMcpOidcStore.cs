namespace McpOidc.Storage;

/// <summary>
/// All persistent state of McpOidc: a key-value store with versions, expiry, single-use take and indexes. Replace it with
/// <c>UseStore&lt;T&gt;()</c>; verify a replacement with <c>StoreContract</c> in the package McpOidc.Testing.
/// </summary>
/// <remarks>
/// <para>Every method is one atomic step, also between processes: if several callers add, replace or take the same key concurrently,
/// exactly one succeeds.</para>
/// <para>A record past its expiry does not exist, whether or not it is still on disk. Expiry is measured by the host's
/// <see cref="TimeProvider"/>.</para>
/// <para>Only <c>StoreKeys</c> creates keys and index names. A part in braces is a Redis Cluster hash tag.</para>
/// <para>A store that cannot be reached throws <see cref="StoreUnavailableException"/>; a fault of the store throws nothing else.</para>
/// </remarks>
public interface IMcpOidcStore
{
    /// <summary>Reads a record, or <see langword="null"/> if there is none.</summary>
    /// <param name="key">The key, as created by <c>StoreKeys</c>.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Reads several records, each separately: a concurrent write may be visible in some of them only.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The records in the order of the keys, <see langword="null"/> for each that does not exist. By default all are read in
    /// parallel.</returns>
    async ValueTask<IReadOnlyList<StoredRecord?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default) =>
        await Task.WhenAll(keys.Select(key => GetAsync(key, cancellationToken).AsTask()));

    /// <summary>Writes a record only if none exists.</summary>
    /// <param name="key">The key.</param>
    /// <param name="write">The value, its expiry and its indexes.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The version of the new record, or <see langword="null"/> if the key exists.</returns>
    ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default);

    /// <summary>Writes a record only if none exists, and otherwise reads the existing one: of concurrent callers one adds, and all others
    /// get what it wrote.</summary>
    /// <param name="key">The key.</param>
    /// <param name="write">The value, its expiry and its indexes.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The version of the new record, or the existing record. By default uses <see cref="AddAsync"/> and
    /// <see cref="GetAsync"/>.</returns>
    ValueTask<AddResult> AddOrGetAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        AddResult.OfAsync(this, key, write, cancellationToken);

    /// <summary>Writes a record only if the existing one still has the version that the caller read.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expectedVersion">The version that the caller read.</param>
    /// <param name="write">The value, its expiry and additional indexes; a record leaves an index only when it expires or is
    /// removed.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The new version, never one that this key had before; <see langword="null"/> if the record no longer exists or has
    /// changed.</returns>
    ValueTask<long?> ReplaceAsync(string key, long expectedVersion, StoreWrite write, CancellationToken cancellationToken = default);

    /// <summary>Reads and deletes a record in one step: of concurrent callers one gets it, and all others get
    /// <see langword="null"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Deletes a record if it exists and, if a version is given, still has that version.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expectedVersion">The version that the caller wrote or read; <see langword="null"/> for any.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Whether a record was deleted.</returns>
    ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Ensures that what was just read is as durable as a successful write. A write reported as <see cref="StoreUnavailableException"/>
    /// may still have happened; a caller that relies on its result confirms it first.
    /// </summary>
    /// <param name="key">The key that was read.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Completes once it is durable. By default immediately, for stores that report every write they make.</returns>
    /// <exception cref="StoreUnavailableException">Durability could not be confirmed.</exception>
    ValueTask ConfirmAsync(string key, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    /// <summary>The keys of the live records in an index, in no particular order, without duplicates.</summary>
    /// <param name="index">The name of the index.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    IAsyncEnumerable<string> ListAsync(string index, CancellationToken cancellationToken = default);

    /// <summary>
    /// The keys with a prefix, for an operator's bulk operations. Slow; no client request needs it. Returns every record that exists
    /// throughout; may return duplicates and expired ones.
    /// </summary>
    /// <param name="prefix">The beginning of the keys.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="NotSupportedException">The store cannot list its keys. This is the default.</exception>
    IAsyncEnumerable<string> ScanAsync(string prefix, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException($"{GetType()} does not implement {nameof(IMcpOidcStore)}.{nameof(ScanAsync)}.");

    /// <summary>
    /// One page of <see cref="ListAsync"/>, so that an index of any size costs little per request. All pages together, each starting where
    /// the previous one ended, return every record that exists throughout, possibly with duplicates.
    /// </summary>
    /// <param name="index">The name of the index.</param>
    /// <param name="after">The <see cref="KeyPage.Next"/> of the previous page; <see langword="null"/> for the first.</param>
    /// <param name="size">The approximate number of keys.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The page. By default the whole index is read for it.</returns>
    /// <exception cref="FormatException"><paramref name="after"/> is not a position returned by this store.</exception>
    ValueTask<KeyPage> ListPageAsync(string index, string? after, int size, CancellationToken cancellationToken = default) =>
        KeyPage.OfAsync(ListAsync(index, cancellationToken), after, size, cancellationToken);

    /// <summary>One page of <see cref="ScanAsync"/>, at bounded cost. The rules of <see cref="ListPageAsync"/> apply.</summary>
    /// <param name="prefix">The beginning of the keys.</param>
    /// <param name="after">The <see cref="KeyPage.Next"/> of the previous page; <see langword="null"/> for the first.</param>
    /// <param name="size">The approximate number of keys.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The page. By default all keys are read for it.</returns>
    /// <exception cref="FormatException"><paramref name="after"/> is not a position returned by this store.</exception>
    /// <exception cref="NotSupportedException">The store cannot list its keys.</exception>
    ValueTask<KeyPage> ScanPageAsync(string prefix, string? after, int size, CancellationToken cancellationToken = default) =>
        KeyPage.OfAsync(ScanAsync(prefix, cancellationToken), after, size, cancellationToken);

    /// <summary>
    /// Signals to all listeners, in every reachable process, that something changed. Best effort: a signal may be lost, and an unreachable
    /// store is not an error. Listeners also poll from time to time.
    /// </summary>
    /// <param name="channel">What changed, as named by <c>StoreKeys</c>.</param>
    /// <returns>Completes when the signal was sent, not when it arrived. By default nothing is sent.</returns>
    ValueTask SignalAsync(string channel) => ValueTask.CompletedTask;

    /// <summary>Sends all listeners a message that could not be stored. Like <see cref="SignalAsync"/>, it may be lost.</summary>
    /// <param name="channel">The subject, as named by <c>StoreKeys</c>.</param>
    /// <param name="message">The message; must not contain a secret.</param>
    /// <returns>Completes when the message was sent, not when it arrived. By default nothing is sent.</returns>
    ValueTask TellAsync(string channel, string message) => ValueTask.CompletedTask;

    /// <summary>Calls back for each signal that arrives, until disposed. By default none arrives.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="signalled">Called on any thread; must return quickly and not throw.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="StoreUnavailableException">Listening could not be started.</exception>
    ValueTask<IAsyncDisposable?> ListenAsync(string channel, Action signalled, CancellationToken cancellationToken = default) =>
        new((IAsyncDisposable?)null);

    /// <summary>Calls back for each message of <see cref="TellAsync"/> that arrives, until disposed. By default none arrives.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="told">Called on any thread; must return quickly and not throw.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="StoreUnavailableException">Listening could not be started.</exception>
    ValueTask<IAsyncDisposable?> HearAsync(string channel, Action<string> told, CancellationToken cancellationToken = default) =>
        new((IAsyncDisposable?)null);

    /// <summary>The time by a clock that all processes of this store share, with which each can compare its own.</summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> if the store has no clock or does not report it. This is the default.</returns>
    /// <exception cref="StoreUnavailableException">The store does not respond.</exception>
    ValueTask<DateTimeOffset?> GetTimeAsync(CancellationToken cancellationToken = default) => new((DateTimeOffset?)null);
}
