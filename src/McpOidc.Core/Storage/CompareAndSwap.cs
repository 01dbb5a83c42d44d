namespace McpOidc.Storage;

/// <summary>Changes a record by compare-and-swap, and again where another writer came in between.</summary>
internal static class CompareAndSwap
{
    /// <summary>Enough for writers that meet on one record: each round one of them succeeds.</summary>
    private const int MaximumAttempts = 200;

    /// <param name="store">Where the record lies.</param>
    /// <param name="key">Its key.</param>
    /// <param name="decide">
    /// Gives what to write in place of the record as it is, or <see langword="null"/> to leave it. Asked anew at every attempt.
    /// </param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="StoreUnavailableException">It changes all the time: as while the store is away, later may do.</exception>
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
                // Somebody has written it, perhaps this caller before, and was told that it failed.
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

/// <summary>What came of a change.</summary>
/// <param name="Before">The record that was decided on; <see langword="null"/> where there was none.</param>
/// <param name="After">What was written; <see langword="null"/> where the record was left.</param>
internal readonly record struct Changed<T>(T? Before, T? After)
    where T : class;
