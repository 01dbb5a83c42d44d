using McpOidc.Storage;

namespace McpOidc.Testing.Storage;

internal sealed partial class StoreRequirements
{
    public async Task An_index_is_named_page_by_page_each_record_once_also_where_many_end_at_the_same_moment()
    {
        var store = await CreateStoreAsync(Clock);
        var moment = Clock.GetUtcNow().AddHours(1);
        // Those that expire later come first by name.
        var keys = Enumerable.Range(0, 60).Select(number => $"test:{{{number:000}}}").ToArray();
        await Task.WhenAll(
            keys.Select(
                (key, number) =>
                    store
                        .AddAsync(key, Hour(key, Index) with { ExpiresAt = number < 20 ? moment.AddMinutes(20 - number) : moment }, Limit)
                        .AsTask()
            )
        );
        await store.AddAsync("test:{other}", Hour("other", OtherIndex), Limit);
        await store.RemoveAsync(keys[3], cancellationToken: Limit);

        var pages = await PagesAsync(after => store.ListPageAsync(Index, after, 7, Limit));
        Assert.All(pages, page => Assert.InRange(page.Count, 0, 7));
        Assert.Equal(keys.Except([keys[3]]), pages.SelectMany(page => page).Order(StringComparer.Ordinal));
    }

    public async Task A_record_that_is_prolonged_while_its_index_is_paged_is_not_missed()
    {
        var store = await CreateStoreAsync(Clock);
        var versions = new Dictionary<string, long>();
        foreach (var number in Enumerable.Range(0, 20))
        {
            versions[$"test:{{{number:00}}}"] = (await store.AddAsync($"test:{{{number:00}}}", Hour("one", Index), Limit))!.Value;
        }

        var first = await store.ListPageAsync(Index, after: null, 5, Limit);
        foreach (var (key, version) in versions)
        {
            await store.ReplaceAsync(key, version, Hour("two", Index) with { ExpiresAt = Clock.GetUtcNow().AddHours(2) }, Limit);
        }

        var rest = await PagesAsync(after => store.ListPageAsync(Index, after ?? first.Next, 5, Limit));
        Assert.Equal(
            versions.Keys.Order(StringComparer.Ordinal),
            first.Keys.Concat(rest.SelectMany(page => page)).Distinct().Order(StringComparer.Ordinal)
        );
    }

    public async Task A_scan_is_named_page_by_page()
    {
        var store = await CreateStoreAsync(Clock);
        var keys = Enumerable.Range(0, 300).Select(number => $"scan*[a]:{{{number:000}}}").ToArray();
        await Task.WhenAll(keys.Select(key => Task.Run(() => store.AddAsync(key, Hour(key), Limit).AsTask())));
        await Task.WhenAll(
            Enumerable.Range(0, 300).Select(number => Task.Run(() => store.AddAsync($"scanxa:{{{number}}}", Hour("other"), Limit).AsTask()))
        );

        var pages = await PagesAsync(after => store.ScanPageAsync("scan*[a]:{", after, 20, Limit));
        Assert.All(pages, page => Assert.InRange(page.Count, 0, 60));
        Assert.Equal(keys, pages.SelectMany(page => page).Distinct().Order(StringComparer.Ordinal));
    }

    public async Task An_unused_index_or_prefix_has_one_empty_page()
    {
        var store = await CreateStoreAsync(Clock);
        Assert.Empty(Assert.Single(await PagesAsync(after => store.ListPageAsync("index:test:{unused}", after, 5, Limit))));
        Assert.Empty((await PagesAsync(after => store.ScanPageAsync("nothing:{", after, 5, Limit))).SelectMany(page => page));
    }

    private static async Task<List<IReadOnlyList<string>>> PagesAsync(Func<string?, ValueTask<KeyPage>> read)
    {
        var pages = new List<IReadOnlyList<string>>();
        string? after = null;
        do
        {
            var page = await read(after);
            pages.Add(page.Keys);
            after = page.Next;
        } while (after is not null && pages.Count < 1000);
        Assert.Null(after);
        return pages;
    }
}
