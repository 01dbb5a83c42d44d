namespace McpOidc.Testing.Storage;

internal sealed partial class StoreRequirements
{
    private const string Index = "index:test:{owner}";
    private const string OtherIndex = "index:test:{another}";

    public async Task An_index_lists_the_records_that_were_written_under_it_and_no_other()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("a", Index), Limit);
        await store.AddAsync("test:{b}", Hour("b", Index, OtherIndex), Limit);
        await store.AddAsync("test:{c}", Hour("c", OtherIndex), Limit);
        await store.AddAsync("test:{d}", Hour("d"), Limit);

        Assert.Equal(["test:{a}", "test:{b}"], await MembersAsync(store, Index));
        Assert.Equal(["test:{b}", "test:{c}"], await MembersAsync(store, OtherIndex));
    }

    public async Task A_record_that_was_removed_or_taken_leaves_its_indexes()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("a", Index), Limit);
        await store.AddAsync("test:{b}", Hour("b", Index), Limit);
        await store.AddAsync("test:{c}", Hour("c", Index), Limit);

        await store.RemoveAsync("test:{a}", cancellationToken: Limit);
        await store.TakeAsync("test:{b}", Limit);

        Assert.Equal(["test:{c}"], await MembersAsync(store, Index));
    }

    public async Task An_expired_record_leaves_its_indexes_and_a_live_one_stays()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{short}", Hour("a", Index), Limit);
        await store.AddAsync("test:{long}", Hour("b", Index) with { ExpiresAt = Clock.GetUtcNow().AddDays(30) }, Limit);

        Clock.Advance(TimeSpan.FromHours(2));
        await store.AddAsync("test:{new}", Hour("c", Index), Limit);

        Assert.Equal(["test:{long}", "test:{new}"], await MembersAsync(store, Index));
    }

    public async Task A_record_added_again_without_an_index_is_not_listed_under_it()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{removed}", Hour("a", Index), Limit);
        await store.AddAsync("test:{expired}", Hour("a", Index), Limit);
        await store.RemoveAsync("test:{removed}", cancellationToken: Limit);
        await store.AddAsync("test:{removed}", Hour("b"), Limit);
        Clock.Advance(TimeSpan.FromHours(2));
        await store.AddAsync("test:{expired}", Hour("b"), Limit);

        Assert.Empty(await MembersAsync(store, Index));
    }

    public async Task An_add_that_comes_second_joins_no_index()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("first"), Limit);

        await store.AddAsync("test:{a}", Hour("second", Index), Limit);

        Assert.Empty(await MembersAsync(store, Index));
    }

    public async Task Replacing_a_record_keeps_its_indexes_and_joins_further_ones()
    {
        var store = await CreateStoreAsync(Clock);
        var version = await store.AddAsync("test:{a}", Hour("one", Index), Limit);

        version = await store.ReplaceAsync("test:{a}", version!.Value, Hour("two", OtherIndex), Limit);
        version = await store.ReplaceAsync("test:{a}", version!.Value, Hour("three", Index, OtherIndex), Limit);

        Assert.NotNull(version);
        Assert.Equal(["test:{a}"], await MembersAsync(store, Index));
        Assert.Equal(["test:{a}"], await MembersAsync(store, OtherIndex));
    }

    public async Task A_record_may_be_in_many_indexes()
    {
        var store = await CreateStoreAsync(Clock);
        var indexes = Enumerable.Range(0, 20).Select(number => $"index:test:{{{number}}}").ToArray();
        var version = await store.AddAsync("test:{a}", Hour("one", indexes[..15]), Limit);
        await store.ReplaceAsync(
            "test:{a}",
            version!.Value,
            Hour("two", indexes[10..]) with
            {
                ExpiresAt = Clock.GetUtcNow().AddHours(3),
            },
            Limit
        );

        Clock.Advance(TimeSpan.FromHours(2));

        foreach (var index in indexes)
        {
            Assert.Equal(["test:{a}"], await MembersAsync(store, index));
        }

        Assert.Equal("two", Text(await store.GetAsync("test:{a}", Limit)));
    }

    public async Task An_index_that_is_named_twice_lists_the_record_once()
    {
        var store = await CreateStoreAsync(Clock);
        var version = await store.AddAsync("test:{a}", Hour("one", Index, Index), Limit);
        Assert.Equal(["test:{a}"], await MembersAsync(store, Index));

        await store.ReplaceAsync("test:{a}", version!.Value, Hour("two", Index, OtherIndex, OtherIndex), Limit);
        Assert.Equal(["test:{a}"], await MembersAsync(store, OtherIndex));
    }

    public async Task A_replace_that_fails_joins_no_index()
    {
        var store = await CreateStoreAsync(Clock);
        var version = await store.AddAsync("test:{a}", Hour("one"), Limit);

        await store.ReplaceAsync("test:{a}", version!.Value ^ 1, Hour("two", Index), Limit);

        Assert.Empty(await MembersAsync(store, Index));
    }

    public async Task A_record_whose_life_is_prolonged_stays_in_indexes_that_the_replace_did_not_name()
    {
        var store = await CreateStoreAsync(Clock);
        var version = await store.AddAsync("test:{a}", Hour("one", Index), Limit);
        version = await store.ReplaceAsync(
            "test:{a}",
            version!.Value,
            Hour("two") with
            {
                ExpiresAt = Clock.GetUtcNow().AddHours(5),
            },
            Limit
        );

        Clock.Advance(TimeSpan.FromHours(3));

        // A store may remove expired entries when it writes to the index.
        await store.AddAsync("test:{b}", Hour("b", Index), Limit);
        Assert.NotNull(version);
        Assert.Equal(["test:{a}", "test:{b}"], await MembersAsync(store, Index));
    }

    public async Task A_failed_replace_with_an_earlier_expiry_takes_no_record_out_of_an_index()
    {
        var store = await CreateStoreAsync(Clock);
        var version = await store.AddAsync("test:{a}", Hour("one", Index), Limit);
        await store.ReplaceAsync(
            "test:{a}",
            version!.Value ^ 1,
            Hour("two", Index) with
            {
                ExpiresAt = Clock.GetUtcNow().AddMinutes(1),
            },
            Limit
        );

        Clock.Advance(TimeSpan.FromMinutes(30));

        await store.AddAsync("test:{b}", Hour("b", Index), Limit);
        Assert.Equal(["test:{a}", "test:{b}"], await MembersAsync(store, Index));
    }

    public async Task An_index_of_five_hundred_records_is_listed_whole()
    {
        var store = await CreateStoreAsync(Clock);
        var keys = Enumerable.Range(0, 500).Select(number => $"test:{{{number:000}}}").ToArray();
        await Task.WhenAll(keys.Select(key => Task.Run(() => store.AddAsync(key, Hour(key, Index), Limit).AsTask())));

        Assert.Equal(keys, await MembersAsync(store, Index));

        await Task.WhenAll(
            keys.Where((_, number) => number % 2 == 0)
                .Select(key => Task.Run(() => store.RemoveAsync(key, cancellationToken: Limit).AsTask()))
        );
        Assert.Equal(keys.Where((_, number) => number % 2 == 1), await MembersAsync(store, Index));
    }

    public async Task A_scan_names_every_live_record_whose_key_begins_so_and_no_other()
    {
        var store = await CreateStoreAsync(Clock);
        var keys = Enumerable.Range(0, 700).Select(number => $"scan*[a]:{{{number:000}}}").ToArray();
        await Task.WhenAll(keys.Select(key => Task.Run(() => store.AddAsync(key, Hour(key, Index), Limit).AsTask())));
        await store.AddAsync("scan*[a]", Hour("shorter"), Limit);
        await store.AddAsync("scanxa:{other}", Hour("other"), Limit);
        await store.AddAsync("other:{scan*[a]:}", Hour("other"), Limit);

        var found = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var key in store.ScanAsync("scan*[a]:{", Limit))
        {
            found.Add(key);
        }

        Assert.Equal(keys, found.Order(StringComparer.Ordinal));
    }

    public async Task Records_may_be_removed_while_their_index_is_listed()
    {
        var store = await CreateStoreAsync(Clock);
        var keys = Enumerable.Range(0, 500).Select(number => $"test:{{{number:000}}}").ToArray();
        await Task.WhenAll(keys.Select(key => Task.Run(() => store.AddAsync(key, Hour(key, Index), Limit).AsTask())));

        var removed = 0;
        await foreach (var key in store.ListAsync(Index, Limit))
        {
            removed += await store.RemoveAsync(key, cancellationToken: Limit) ? 1 : 0;
        }

        Assert.Equal(500, removed);
        Assert.Empty(await MembersAsync(store, Index));
    }

    public async Task A_listing_that_runs_beside_writers_never_misses_a_record_that_was_there_before()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{steady}", Hour("steady", Index), Limit);

        // Constantly removed and added: a store that cleans up its index during a listing must not remove a new entry.
        var missed = await RaceAsync(async number =>
        {
            var key = $"test:{{churn{number % 5}}}";
            for (var round = 0; round < 4; round++)
            {
                await store.RemoveAsync(key, cancellationToken: Limit);
                await store.AddAsync(key, Hour("churn", Index), Limit);
                if (!(await MembersAsync(store, Index)).Contains("test:{steady}"))
                {
                    return true;
                }
            }

            return false;
        });

        Assert.DoesNotContain(true, missed);
        string[] all = [.. Enumerable.Range(0, 5).Select(number => $"test:{{churn{number}}}"), "test:{steady}"];
        Assert.Equal(all, await MembersAsync(store, Index));
    }
}
