using System.Text;
using McpOidc.Storage;

namespace McpOidc.Testing.Storage;

/// <summary>The requirements on every store: each public method is one.</summary>
internal sealed partial class StoreRequirements(Func<TimeProvider, Task<IMcpOidcStore>> create)
{
    private const int Racers = 50;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Moves the clock by which the stores of this test measure expiry.</summary>
    private TestClock Clock { get; } = new();

    /// <summary>Ends a test that hangs.</summary>
    private CancellationToken Limit { get; } = new CancellationTokenSource(s_patience).Token;

    private Task<IMcpOidcStore> CreateStoreAsync(TimeProvider clock) => create(clock);

    /// <summary>A record with a lifetime of one hour.</summary>
    private StoreWrite Hour(string text, params string[] indexes) =>
        new(Encoding.UTF8.GetBytes(text), Clock.GetUtcNow().AddHours(1)) { Indexes = indexes };

    /// <summary>The text of a record, or <see langword="null"/>.</summary>
    private static string? Text(StoredRecord? record) => record is null ? null : Encoding.UTF8.GetString(record.Value.Span);

    /// <summary>Runs an action many times concurrently and returns all results.</summary>
    internal static async Task<T[]> RaceAsync<T>(Func<int, ValueTask<T>> contestant)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // Task.Run leaves xunit's synchronization context, which starts a thread for every continuation that is posted to it.
        var racers = Enumerable
            .Range(0, Racers)
            .Select(number =>
                Task.Run(async () =>
                {
                    await start.Task;
                    return await contestant(number);
                })
            )
            .ToArray();
        start.SetResult();
        return await Task.WhenAll(racers).WaitAsync(s_patience);
    }

    /// <summary>The members of an index, sorted; fails the test if one is listed twice.</summary>
    private async Task<string[]> MembersAsync(IMcpOidcStore store, string index)
    {
        var members = new List<string>();
        await foreach (var key in store.ListAsync(index, Limit))
        {
            members.Add(key);
        }

        Assert.Equal(members.Count, members.Distinct().Count());
        return [.. members.Order(StringComparer.Ordinal)];
    }

    public async Task An_unused_key_has_no_record()
    {
        var store = await CreateStoreAsync(Clock);

        Assert.Null(await store.GetAsync("test:{none}", Limit));
        Assert.Null(await store.TakeAsync("test:{none}", Limit));
        Assert.False(await store.RemoveAsync("test:{none}", cancellationToken: Limit));
        Assert.Null(await store.ReplaceAsync("test:{none}", 1, Hour("x"), Limit));
        Assert.Empty(await MembersAsync(store, "index:test:{none}"));
    }

    public async Task A_record_is_read_with_the_version_that_its_writer_was_told()
    {
        var store = await CreateStoreAsync(Clock);

        var version = await store.AddAsync("test:{a}", Hour("one"), Limit);
        var read = await store.GetAsync("test:{a}", Limit);

        Assert.Equal("one", Text(read));
        Assert.Equal(version, read!.Version);
    }

    public Task No_bytes_come_back_as_no_bytes() => AssertBytesComeBackAsync(0);

    public Task Every_byte_value_comes_back_as_it_was_written() => AssertBytesComeBackAsync(256);

    public Task A_hundred_kilobytes_come_back_as_they_were_written() => AssertBytesComeBackAsync(100_000);

    public async Task A_record_is_added_only_where_none_is()
    {
        var store = await CreateStoreAsync(Clock);

        Assert.NotNull(await store.AddAsync("test:{a}", Hour("first"), Limit));
        Assert.Null(await store.AddAsync("test:{a}", Hour("second"), Limit));
        Assert.Equal("first", Text(await store.GetAsync("test:{a}", Limit)));
    }

    public async Task Of_fifty_parallel_adds_exactly_one_writes_the_record()
    {
        var stores = new[] { await CreateStoreAsync(Clock), await CreateStoreAsync(Clock) };

        var versions = await RaceAsync(number => stores[number % 2].AddAsync("test:{a}", Hour($"{number}"), Limit));

        var winner = Array.FindIndex(versions, version => version is not null);
        Assert.Single(versions, version => version is not null);
        Assert.Equal($"{winner}", Text(await stores[0].GetAsync("test:{a}", Limit)));
    }

    public async Task A_record_is_replaced_at_the_version_that_was_read()
    {
        var store = await CreateStoreAsync(Clock);
        var first = await store.AddAsync("test:{a}", Hour("one"), Limit);

        var second = await store.ReplaceAsync("test:{a}", first!.Value, Hour("two"), Limit);
        var read = await store.GetAsync("test:{a}", Limit);

        Assert.Equal("two", Text(read));
        Assert.Equal(second, read!.Version);
        Assert.NotEqual(first, second);
    }

    public async Task A_record_that_has_changed_since_is_not_replaced()
    {
        var store = await CreateStoreAsync(Clock);
        var first = await store.AddAsync("test:{a}", Hour("one"), Limit);
        await store.ReplaceAsync("test:{a}", first!.Value, Hour("two"), Limit);

        Assert.Null(await store.ReplaceAsync("test:{a}", first.Value, Hour("three"), Limit));
        Assert.Equal("two", Text(await store.GetAsync("test:{a}", Limit)));
    }

    public async Task A_record_that_no_longer_exists_is_not_replaced()
    {
        var store = await CreateStoreAsync(Clock);
        var version = await store.AddAsync("test:{a}", Hour("one"), Limit);
        await store.RemoveAsync("test:{a}", cancellationToken: Limit);

        Assert.Null(await store.ReplaceAsync("test:{a}", version!.Value, Hour("two"), Limit));
        Assert.Null(await store.GetAsync("test:{a}", Limit));
    }

    public async Task Of_fifty_parallel_replaces_at_one_version_exactly_one_succeeds()
    {
        var stores = new[] { await CreateStoreAsync(Clock), await CreateStoreAsync(Clock) };
        var first = await stores[0].AddAsync("test:{a}", Hour("start"), Limit);

        var versions = await RaceAsync(number => stores[number % 2].ReplaceAsync("test:{a}", first!.Value, Hour($"{number}"), Limit));

        var winner = Array.FindIndex(versions, version => version is not null);
        Assert.Single(versions, version => version is not null);
        Assert.Equal($"{winner}", Text(await stores[1].GetAsync("test:{a}", Limit)));
    }

    public async Task A_version_does_not_repeat_after_the_record_was_deleted_and_added_again()
    {
        var store = await CreateStoreAsync(Clock);
        var versions = new HashSet<long>();
        for (var round = 0; round < 10; round++)
        {
            var added = await store.AddAsync("test:{a}", Hour("same"), Limit);
            var replaced = await store.ReplaceAsync("test:{a}", added!.Value, Hour("same"), Limit);
            Assert.True(versions.Add(added.Value));
            Assert.True(versions.Add(replaced!.Value));
            await store.RemoveAsync("test:{a}", cancellationToken: Limit);
        }

        await store.AddAsync("test:{a}", Hour("new"), Limit);
        foreach (var stale in versions)
        {
            Assert.Null(await store.ReplaceAsync("test:{a}", stale, Hour("wrong"), Limit));
        }
    }

    public async Task A_taken_record_no_longer_exists()
    {
        var store = await CreateStoreAsync(Clock);
        var version = await store.AddAsync("test:{a}", Hour("one"), Limit);

        var taken = await store.TakeAsync("test:{a}", Limit);

        Assert.Equal("one", Text(taken));
        Assert.Equal(version, taken!.Version);
        Assert.Null(await store.GetAsync("test:{a}", Limit));
        Assert.Null(await store.TakeAsync("test:{a}", Limit));
    }

    public async Task Of_fifty_parallel_takes_exactly_one_gets_the_record()
    {
        var stores = new[] { await CreateStoreAsync(Clock), await CreateStoreAsync(Clock) };
        for (var round = 0; round < 5; round++)
        {
            await stores[0].AddAsync("test:{a}", Hour("prize"), Limit);

            var taken = await RaceAsync(number => stores[number % 2].TakeAsync("test:{a}", Limit));

            Assert.Equal("prize", Text(Assert.Single(taken, record => record is not null)));
        }
    }

    public async Task Any_version_of_a_record_is_removed_when_none_is_named()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("one"), Limit);

        Assert.True(await store.RemoveAsync("test:{a}", cancellationToken: Limit));
        Assert.False(await store.RemoveAsync("test:{a}", cancellationToken: Limit));
        Assert.Null(await store.GetAsync("test:{a}", Limit));
    }

    public async Task A_record_that_has_changed_since_is_not_removed()
    {
        var store = await CreateStoreAsync(Clock);
        var first = await store.AddAsync("test:{a}", Hour("one"), Limit);
        var second = await store.ReplaceAsync("test:{a}", first!.Value, Hour("two"), Limit);

        Assert.False(await store.RemoveAsync("test:{a}", first, Limit));
        Assert.Equal("two", Text(await store.GetAsync("test:{a}", Limit)));
        Assert.True(await store.RemoveAsync("test:{a}", second, Limit));
        Assert.Null(await store.GetAsync("test:{a}", Limit));
    }

    public async Task An_expired_record_does_not_exist_for_any_operation()
    {
        var store = await CreateStoreAsync(Clock);
        var version = await store.AddAsync("test:{a}", Hour("one", "index:test:{i}"), Limit);

        Clock.Advance(TimeSpan.FromMinutes(61));

        Assert.Null(await store.GetAsync("test:{a}", Limit));
        Assert.Null(await store.ReplaceAsync("test:{a}", version!.Value, Hour("two"), Limit));
        Assert.False(await store.RemoveAsync("test:{a}", version, Limit));
        Assert.Null(await store.TakeAsync("test:{a}", Limit));
        Assert.Empty(await MembersAsync(store, "index:test:{i}"));
    }

    public async Task A_record_lives_until_its_expiry()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("one"), Limit);

        Clock.Advance(TimeSpan.FromMinutes(59));

        Assert.Equal("one", Text(await store.GetAsync("test:{a}", Limit)));
    }

    public async Task The_key_of_an_expired_record_can_be_used_again()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("old"), Limit);
        Clock.Advance(TimeSpan.FromHours(2));

        Assert.NotNull(await store.AddAsync("test:{a}", Hour("new"), Limit));
        Assert.Equal("new", Text(await store.GetAsync("test:{a}", Limit)));
    }

    public async Task Replacing_a_record_moves_its_expiry()
    {
        var store = await CreateStoreAsync(Clock);
        var longer = await store.AddAsync("test:{longer}", Hour("one"), Limit);
        var shorter = await store.AddAsync("test:{shorter}", Hour("one"), Limit);
        await store.ReplaceAsync("test:{longer}", longer!.Value, Hour("two") with { ExpiresAt = Clock.GetUtcNow().AddHours(3) }, Limit);
        await store.ReplaceAsync(
            "test:{shorter}",
            shorter!.Value,
            Hour("two") with
            {
                ExpiresAt = Clock.GetUtcNow().AddMinutes(10),
            },
            Limit
        );

        Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Null(await store.GetAsync("test:{shorter}", Limit));

        Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal("two", Text(await store.GetAsync("test:{longer}", Limit)));
    }

    public async Task A_record_that_never_expires_is_there_after_a_century()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("permanent", "index:test:{i}") with { ExpiresAt = DateTimeOffset.MaxValue }, Limit);

        Clock.Advance(TimeSpan.FromDays(36_525));

        Assert.Equal("permanent", Text(await store.GetAsync("test:{a}", Limit)));
        Assert.Equal(["test:{a}"], await MembersAsync(store, "index:test:{i}"));
    }

    public async Task A_record_that_never_expired_can_be_given_an_expiry_and_back()
    {
        var store = await CreateStoreAsync(Clock);
        var first = await store.AddAsync("test:{a}", Hour("one") with { ExpiresAt = DateTimeOffset.MaxValue }, Limit);
        var second = await store.ReplaceAsync("test:{a}", first!.Value, Hour("two"), Limit);
        await store.ReplaceAsync("test:{a}", second!.Value, Hour("three") with { ExpiresAt = DateTimeOffset.MaxValue }, Limit);

        Clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal("three", Text(await store.GetAsync("test:{a}", Limit)));
    }

    public async Task A_record_written_with_a_past_expiry_does_not_exist()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("late") with { ExpiresAt = Clock.GetUtcNow().AddMinutes(-1) }, Limit);
        var version = await store.AddAsync("test:{b}", Hour("good"), Limit);
        await store.ReplaceAsync("test:{b}", version!.Value, Hour("late") with { ExpiresAt = Clock.GetUtcNow().AddMinutes(-1) }, Limit);

        Assert.Null(await store.GetAsync("test:{a}", Limit));
        Assert.Null(await store.GetAsync("test:{b}", Limit));
    }

    public async Task What_one_instance_writes_another_reads_at_once()
    {
        var one = await CreateStoreAsync(Clock);
        var other = await CreateStoreAsync(Clock);

        var first = await one.AddAsync("test:{a}", Hour("one", "index:test:{i}"), Limit);
        Assert.Equal("one", Text(await other.GetAsync("test:{a}", Limit)));
        Assert.Equal(["test:{a}"], await MembersAsync(other, "index:test:{i}"));

        Assert.NotNull(await other.ReplaceAsync("test:{a}", first!.Value, Hour("two"), Limit));
        Assert.Equal("two", Text(await one.GetAsync("test:{a}", Limit)));

        Assert.NotNull(await one.TakeAsync("test:{a}", Limit));
        Assert.Null(await other.GetAsync("test:{a}", Limit));
    }

    public async Task A_cancelled_operation_ends_with_cancellation()
    {
        var store = await CreateStoreAsync(Clock);
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.GetAsync("test:{a}", cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.AddAsync("test:{a}", Hour("x"), cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.TakeAsync("test:{a}", cancelled).AsTask());
    }

    private async Task AssertBytesComeBackAsync(int length)
    {
        var store = await CreateStoreAsync(Clock);

        // A slice of a longer array, to catch a store that writes the whole array.
        var bytes = new byte[length + 2];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(255 - (i % 256));
        }

        var expected = bytes.AsMemory(1, length);
        var version = await store.AddAsync("test:{a}", new StoreWrite(expected, DateTimeOffset.MaxValue), Limit);
        var read = await store.GetAsync("test:{a}", Limit);
        await store.ReplaceAsync("test:{a}", version!.Value, new StoreWrite(expected, DateTimeOffset.MaxValue), Limit);
        var taken = await store.TakeAsync("test:{a}", Limit);

        Assert.Equal(expected.ToArray(), read!.Value.ToArray());
        Assert.Equal(expected.ToArray(), taken!.Value.ToArray());
    }
}
