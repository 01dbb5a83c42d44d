namespace McpOidc.Administration;

/// <summary>Looks through pages of the store for what an operator searches: bounded work for a request, however few of many
/// match.</summary>
internal static class PagedSearch
{
    /// <summary>The most that one page has.</summary>
    public const int MaximumSize = 200;

    private const int MaximumRounds = 50;

    /// <param name="readAsync">Reads a page of the store.</param>
    /// <param name="matches">What is wanted.</param>
    /// <param name="after">Where to begin.</param>
    /// <param name="size">About how many are wanted.</param>
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

    /// <summary>Whether any of some texts contains what is searched. Nothing searched is found everywhere.</summary>
    public static bool Contains(string? search, params IEnumerable<string?> texts) =>
        string.IsNullOrWhiteSpace(search) || texts.Any(text => text?.Contains(search.Trim(), StringComparison.OrdinalIgnoreCase) == true);
}
