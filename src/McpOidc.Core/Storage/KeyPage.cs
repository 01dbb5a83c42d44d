using System.Runtime.CompilerServices;

namespace McpOidc.Storage;

/// <summary>One page of keys.</summary>
/// <param name="Keys">The keys. A page may have fewer than requested, or none, even if more pages follow; it may also have a few more than
/// requested.</param>
/// <param name="Next">Where the next page starts, in the store's own format; <see langword="null"/> at the end.</param>
public sealed record KeyPage(IReadOnlyList<string> Keys, string? Next)
{
    /// <summary>A page of unordered keys, found by reading all of them.</summary>
    internal static async ValueTask<KeyPage> OfAsync(
        IAsyncEnumerable<string> all,
        string? after,
        int size,
        CancellationToken cancellationToken
    )
    {
        var kept = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var key in all.WithCancellation(cancellationToken))
        {
            if (after is null || string.CompareOrdinal(key, after) > 0)
            {
                kept.Add(key);
                if (kept.Count > size + 1)
                {
                    kept.Remove(kept.Max!);
                }
            }
        }

        var keys = kept.Take(size).ToArray();
        return new KeyPage(keys, kept.Count > size ? keys[^1] : null);
    }

    /// <summary>Reads all pages to the end.</summary>
    internal static async IAsyncEnumerable<string> AllAsync(
        Func<string?, ValueTask<KeyPage>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string? after = null;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await read(after);
            foreach (var key in page.Keys)
            {
                yield return key;
            }

            after = page.Next;
        } while (after is not null);
    }
}
