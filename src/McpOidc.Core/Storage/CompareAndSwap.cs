namespace McpOidc.Storage;

/// <summary>Changes a record by compare-and-swap, and retries if another writer changed it.</summary>
internal static class CompareAndSwap
{
    /// <summary>Enough for concurrent writers of one record: one of them succeeds in each round.</summary>
    private const int MaximumAttempts = 200;

    /// <param name="store">The store.</param>
    /// <param name="key">Its key.</param>
    /// <param name="decide">
    /// Returns what to write in place of the current record, or <see langword="null"/> to leave it. Called again at each attempt.
    /// </param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="StoreUnavailableException">It changed at each attempt; like an unreachable store, this may pass.</exception>
    public static async ValueTask ChangeAsync(
        this IMcpOidcStore store,
        string key,
        Func<StoredRecord?, ValueTask<StoreWrite?>> decide,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            var found = await store.GetAsync(key, cancellationToken);
            if (await decide(found) is not { } write)
            {
                // The record exists: another writer added it, or this caller did and was told that it failed.
                await store.ConfirmAsync(key, cancellationToken);
                return;
            }

            var written = found is null
                ? await store.AddAsync(key, write, cancellationToken)
                : await store.ReplaceAsync(key, found.Version, write, cancellationToken);
            if (written is not null)
            {
                return;
            }
        }

        throw new StoreUnavailableException($"A record changed too often to be written: {key.Split(':')[0]}.");
    }
}

/// <summary>The result of a change.</summary>
/// <param name="Before">The record that the decision was based on; <see langword="null"/> if there was none.</param>
/// <param name="After">What was written; <see langword="null"/> if the record was left.</param>
internal readonly record struct Changed<T>(T? Before, T? After)
    where T : class;
