namespace McpOidc.Administration;

/// <summary>Searches pages of the store for an operator, with bounded work per request, however few entries match.</summary>
internal static class PagedSearch
{
    /// <summary>The maximum size of a page.</summary>
    public const int MaximumSize = 200;

    private const int MaximumRounds = 50;

    /// <param name="readAsync">Reads a page of the store.</param>
    /// <param name="matches">The condition.</param>
    /// <param name="after">Where to start.</param>
    /// <param name="size">The approximate number of results.</param>
    public static async Task<(IReadOnlyList<T> Found, string? Next)> FindAsync<T>(
        Func<string?, int, Task<(IReadOnlyList<T> Items, string? Next)>> readAsync,
        Func<T, bool> matches,
        string? after,
        int size
    )
    {
        var wanted = Math.Clamp(size, 1, MaximumSize);
        var found = new List<T>();
        var next = string.IsNullOrEmpty(after) ? null : after;
        for (var round = 0; round < MaximumRounds && found.Count < wanted; round++)
        {
            (var items, next) = await readAsync(next, wanted - found.Count);
            found.AddRange(items.Where(matches));
            if (next is null)
            {
                break;
            }
        }

        return (found, next);
    }

    /// <summary>Whether a text contains the search term. An empty term matches everything.</summary>
    public static bool Contains(string? search, params IEnumerable<string?> texts) =>
        string.IsNullOrWhiteSpace(search) || texts.Any(text => text?.Contains(search.Trim(), StringComparison.OrdinalIgnoreCase) == true);
}
