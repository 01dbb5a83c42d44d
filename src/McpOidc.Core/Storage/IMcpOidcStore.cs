namespace McpOidc.Storage;

/// <summary>
/// The one place where McpOidc keeps anything: a key-value store with versions, expiry, single-use take and indexes.
/// Replace it with <c>UseStore&lt;T&gt;()</c>; a replacement is proven by <c>StoreContract</c> of the package
/// McpOidc.Testing.
/// </summary>
/// <remarks>
/// <para>Every method is one atomic step, also between processes: of any number of callers that add, replace or take the same
/// key at once, exactly one succeeds.</para>
/// <para>A record past its expiry does not exist, whether or not it is still on disk. Expiry is judged by the
/// <see cref="TimeProvider"/> of the host.</para>
/// <para>Keys and index names are made in <c>StoreKeys</c> only. A part in braces is a Redis Cluster hash tag.</para>
/// <para>A store that cannot be reached throws <see cref="StoreUnavailableException"/>; nothing else is thrown for a fault of
/// the store.</para>
/// </remarks>
public interface IMcpOidcStore
{
    /// <summary>Reads a record, or <see langword="null"/> when there is none.</summary>
    /// <param name="key">The key, as <c>StoreKeys</c> made it.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Reads several records, each by itself: what is written meanwhile may be seen in some and not in others.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>In the order of the keys, each record, or <see langword="null"/> where there is none. By default all are asked for at
    /// once.</returns>
    async ValueTask<IReadOnlyList<StoredRecord?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken = default) =>
        await Task.WhenAll(keys.Select(key => GetAsync(key, cancellationToken).AsTask()));

    /// <summary>Writes a record only if none is there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="write">What to keep, until when, and under which indexes.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The version of the new record, or <see langword="null"/> when the key is taken.</returns>
    ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default);

    /// <summary>Writes a record only if none is there, and otherwise reads the one that is: of all callers at once, one adds and all others
    /// get what it wrote.</summary>
    /// <param name="key">The key.</param>
    /// <param name="write">What to keep, until when, and under which indexes.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The version of the new record, or the record that is there. By default by <see cref="AddAsync"/> and
    /// <see cref="GetAsync"/>.</returns>
    ValueTask<AddResult> AddOrGetAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
        AddResult.OfAsync(this, key, write, cancellationToken);

    /// <summary>Writes a record only if the one there still has the version that the caller read.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expectedVersion">The version that the caller read.</param>
    /// <param name="write">What to keep, until when, and under which further indexes; an index once joined is left only by expiry
    /// or removal of the record.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The new version, never one that this key had before; or <see langword="null"/> when the record is gone or has
    /// changed since.</returns>
    ValueTask<long?> ReplaceAsync(string key, long expectedVersion, StoreWrite write, CancellationToken cancellationToken = default);

    /// <summary>Reads and deletes a record in one step: of all callers, one gets it and every other gets <see langword="null"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Deletes a record, if it is there and, where a version is named, still has that version.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expectedVersion">The version that the caller wrote or read; <see langword="null"/> deletes any.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>Whether a record was deleted.</returns>
    ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes sure that what was just read of a key is as safe as a write that succeeded. A write that was reported as
    /// <see cref="StoreUnavailableException"/> may have been made all the same; whoever answers by what it left confirms that first.
    /// </summary>
    /// <param name="key">What was read.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>When it is safe. By default at once: for stores that make no write that they do not report.</returns>
    /// <exception cref="StoreUnavailableException">It is not known to be safe.</exception>
    ValueTask ConfirmAsync(string key, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    /// <summary>The keys of the live records that were written under an index, in no order, each once.</summary>
    /// <param name="index">The name of the index.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    IAsyncEnumerable<string> ListAsync(string index, CancellationToken cancellationToken = default);

    /// <summary>
    /// The keys that begin with a text, for what an operator does to everything at once. Slow; no request of a client needs it. It names
    /// every record that lives throughout; it may name some twice, and some that have ended.
    /// </summary>
    /// <param name="prefix">How the keys begin.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="NotSupportedException">The store cannot list its keys. That is so by default.</exception>
    IAsyncEnumerable<string> ScanAsync(string prefix, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException($"{GetType()} does not implement {nameof(IMcpOidcStore)}.{nameof(ScanAsync)}, which this needs.");

    /// <summary>
    /// Some of what <see cref="ListAsync"/> names, so that an index of any size costs a request little. Page after page, with the place
    /// where the last one ended, names every record that lives throughout; it may name some twice.
    /// </summary>
    /// <param name="index">The name of the index.</param>
    /// <param name="after">The <see cref="KeyPage.Next"/> of the page before; <see langword="null"/> for the first.</param>
    /// <param name="size">About how many.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The page. By default the whole index is walked through for it.</returns>
    /// <exception cref="FormatException"><paramref name="after"/> is no place that this store named.</exception>
    ValueTask<KeyPage> ListPageAsync(string index, string? after, int size, CancellationToken cancellationToken = default) =>
        KeyPage.OfAsync(ListAsync(index, cancellationToken), after, size, cancellationToken);

    /// <summary>Some of what <see cref="ScanAsync"/> names, by bounded work. The rules of <see cref="ListPageAsync"/> hold.</summary>
    /// <param name="prefix">How the keys begin.</param>
    /// <param name="after">The <see cref="KeyPage.Next"/> of the page before; <see langword="null"/> for the first.</param>
    /// <param name="size">About how many.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The page. By default all keys are walked through for it.</returns>
    /// <exception cref="FormatException"><paramref name="after"/> is no place that this store named.</exception>
    /// <exception cref="NotSupportedException">The store cannot list its keys.</exception>
    ValueTask<KeyPage> ScanPageAsync(string prefix, string? after, int size, CancellationToken cancellationToken = default) =>
        KeyPage.OfAsync(ScanAsync(prefix, cancellationToken), after, size, cancellationToken);

    /// <summary>
    /// Tells whoever listens, in every process that can be reached, that something changed. A hint: it may be lost, and a store that
    /// cannot be reached is no fault here. What the hint is about is read again from time to time by those who missed it.
    /// </summary>
    /// <param name="channel">What changed, as <c>StoreKeys</c> named it.</param>
    /// <returns>When the hint was handed over, not when it arrived. By default nothing is sent.</returns>
    ValueTask SignalAsync(string channel) => ValueTask.CompletedTask;

    /// <summary>Tells whoever listens something that could not be stored. As <see cref="SignalAsync"/> it may be lost.</summary>
    /// <param name="channel">What it is about, as <c>StoreKeys</c> named it.</param>
    /// <param name="message">What is told; no secret.</param>
    /// <returns>When it was handed over, not when it arrived. By default nothing is sent.</returns>
    ValueTask TellAsync(string channel, string message) => ValueTask.CompletedTask;

    /// <summary>Calls back at every hint that arrives, until disposed. By default none arrives.</summary>
    /// <param name="channel">What to listen for.</param>
    /// <param name="signalled">Called on any thread; has to return at once and may not throw.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="StoreUnavailableException">Listening could not begin.</exception>
    ValueTask<IAsyncDisposable?> ListenAsync(string channel, Action signalled, CancellationToken cancellationToken = default) =>
        new((IAsyncDisposable?)null);

    /// <summary>Calls back with every message of <see cref="TellAsync"/> that arrives, until disposed. By default none
    /// arrives.</summary>
    /// <param name="channel">What to listen for.</param>
    /// <param name="told">Called on any thread; has to return at once and may not throw.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="StoreUnavailableException">Listening could not begin.</exception>
    ValueTask<IAsyncDisposable?> HearAsync(string channel, Action<string> told, CancellationToken cancellationToken = default) =>
        new((IAsyncDisposable?)null);

    /// <summary>What time it is by a clock that all processes of this store share, so that each can compare its own with it.</summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> where the store has no clock of its own, or does not tell it. That is so by default.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    ValueTask<DateTimeOffset?> GetTimeAsync(CancellationToken cancellationToken = default) => new((DateTimeOffset?)null);
}
