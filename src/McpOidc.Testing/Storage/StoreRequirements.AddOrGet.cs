namespace McpOidc.Testing.Storage;

internal sealed partial class StoreRequirements
{
    public async Task A_record_is_added_or_the_one_that_is_there_is_read()
    {
        var store = await CreateStoreAsync(Clock);
        var added = await store.AddOrGetAsync("test:{a}", Hour("one", Index), Limit);
        var found = await store.AddOrGetAsync("test:{a}", Hour("two", Index, OtherIndex), Limit);

        Assert.True(added.IsAdded);
        Assert.Null(added.Existing);
        Assert.False(found.IsAdded);
        Assert.Equal(("one", added.Version), (Text(found.Existing), found.Existing.Version));
        Assert.Equal("one", Text(await store.GetAsync("test:{a}", Limit)));
        Assert.Equal(["test:{a}"], await MembersAsync(store, Index));
        Assert.Empty(await MembersAsync(store, OtherIndex));
    }

    public async Task An_expired_record_is_not_one_that_is_there()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("old", Index), Limit);
        await store.AddAsync("test:{b}", Hour("old"), Limit);
        Clock.Advance(TimeSpan.FromHours(2));

        Assert.True((await store.AddOrGetAsync("test:{a}", Hour("new"), Limit)).IsAdded);
        Assert.True((await store.AddOrGetAsync("test:{b}", Hour("new", Index), Limit)).IsAdded);
        Assert.Equal("new", Text(await store.GetAsync("test:{a}", Limit)));
        Assert.Equal(["test:{b}"], await MembersAsync(store, Index));
    }

    public async Task Of_fifty_that_add_or_get_one_adds_and_all_others_get_what_it_wrote()
    {
        var stores = new[] { await CreateStoreAsync(Clock), await CreateStoreAsync(Clock) };
        var results = await RaceAsync(number => stores[number % 2].AddOrGetAsync("test:{a}", Hour($"{number}"), Limit));

        var winner = Array.FindIndex(results, result => result.IsAdded);
        Assert.Single(results, result => result.IsAdded);
        Assert.All(
            results,
            result =>
                Assert.True(result.IsAdded || (Text(result.Existing), result.Existing.Version) == ($"{winner}", results[winner].Version))
        );
    }

    public async Task Several_records_are_read_in_the_order_of_their_keys()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{short}", Hour("gone") with { ExpiresAt = Clock.GetUtcNow().AddMinutes(1) }, Limit);
        var version = await store.AddAsync("test:{a}", Hour("a", Index), Limit);
        await store.AddAsync("test:{b}", Hour("b"), Limit);
        Clock.Advance(TimeSpan.FromMinutes(2));

        var found = await store.GetManyAsync(["test:{b}", "test:{none}", "test:{a}", "test:{short}", "test:{b}"], Limit);

        Assert.Equal(["b", null, "a", null, "b"], found.Select(Text));
        Assert.Equal(version, found[2]!.Version);
        Assert.Empty(await store.GetManyAsync([], Limit));
    }
}
