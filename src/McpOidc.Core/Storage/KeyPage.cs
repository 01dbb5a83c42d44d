using System.Runtime.CompilerServices;

namespace McpOidc.Storage;

/// <summary>Some of the keys that were asked for.</summary>
/// <param name="Keys">The keys. A store may give fewer than were asked for, or none, although there are more; and a few more than were
/// asked for.</param>
/// <param name="Next">Where to go on, in the store's own words; <see langword="null"/> at the end.</param>
public sealed record KeyPage(IReadOnlyList<string> Keys, string? Next)
{
    /// <summary>A page of keys that come in no order, by looking at all of them.</summary>
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

    /// <summary>Page after page, to the end.</summary>
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
