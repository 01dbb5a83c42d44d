using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace McpOidc.Tests.Storage;

/// <summary>A page of keys asks Redis no more often than it must, and within bounds if hardly any key belongs to it.</summary>
[RequiresRedis]
public sealed class RedisPageTests(RedisServerFixture fixture) : IClassFixture<RedisServerFixture>
{
    private const string Index = "index:test:{i}";
    private const int MaximumBatches = 20;
    private readonly RedisStoreOptions _options = new() { KeyPrefix = $"{Guid.NewGuid():N}:" };
    private readonly AdjustableClock _clock = new();
    private readonly CancellationToken _limit = new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    // As left by writers that have not written the record yet.
    [RedisTheory]
    [InlineData(MaximumBatches - 1, true)]
    [InlineData(MaximumBatches, false)]
    public async Task A_page_of_an_index_passes_at_most_twenty_batches_of_missing_records(int missing, bool found)
    {
        await using var connection = await (await fixture.ServerAsync()).ConnectAsync();
        var store = Store(connection);
        await store.AddAsync("test:{z}", Write(TimeSpan.FromHours(2), Index), _limit);
        for (var number = 0; number < missing; number++)
        {
            await connection
                .GetDatabase()
                .SortedSetAddAsync(
                    _options.KeyPrefix + RedisIndex.Key(RedisIndex.Digest(Index)),
                    $"test:{{{number}}}",
                    _clock.GetUtcNow().AddMinutes(60 + number).ToUnixTimeMilliseconds()
                );
        }

        var page = await store.ListPageAsync(Index, after: null, size: 1, _limit);
        Assert.Equal(found ? ["test:{z}"] : [], page.Keys);
        Assert.NotNull(page.Next);
        Assert.Equal(found ? [] : ["test:{z}"], (await store.ListPageAsync(Index, page.Next, size: 1, _limit)).Keys);
    }

    [RedisFact]
    public async Task A_scan_asks_no_further_once_its_page_is_full()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await server.ConnectAsync();
        var store = Store(connection);
        for (var number = 0; number < 60; number++)
        {
            await store.AddAsync($"test:{{{number}}}", Write(TimeSpan.FromHours(1)), _limit);
        }

        var (pages, after) = (new List<int>(), (string?)null);
        do
        {
            var page = await store.ScanPageAsync("test:", after, size: 1, _limit);
            pages.Add(page.Keys.Count);
            after = page.Next;
        } while (after is not null);

        // Redis returns the keys of one place of its table together, but most places have one.
        Assert.True(pages.Count(count => count == 1) > 2, string.Join(' ', pages));
    }

    [RedisFact]
    public async Task A_scan_that_finds_nothing_ends_its_page_after_twenty_thousand_keys()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await server.ConnectAsync();
        await connection
            .GetDatabase()
            .ScriptEvaluateAsync("for number = 1, 30000 do redis.call('SET', KEYS[1] .. number, '') end", [(RedisKey)"other:"]);
        var session = new ProfilingSession();
        connection.RegisterProfiler(() => session);

        var page = await Store(connection).ScanPageAsync("test:", after: null, size: 1000, _limit);
        Assert.Empty(page.Keys);
        Assert.NotNull(page.Next);
        Assert.Equal(20, session.FinishProfiling().Count(command => command.Command == "SCAN"));
    }

    [RedisFact]
    public async Task A_command_that_Redis_refuses_does_not_make_the_store_work_as_in_a_cluster()
    {
        await using var connection = await (await fixture.ServerAsync()).ConnectAsync();
        var store = Store(connection);
        await connection.GetDatabase().ListRightPushAsync(_options.KeyPrefix + "test:{list}", "x");
        await Assert.ThrowsAsync<StoreUnavailableException>(() =>
            store.AddAsync("test:{list}", Write(TimeSpan.FromHours(1)), _limit).AsTask()
        );
        var session = new ProfilingSession();
        connection.RegisterProfiler(() => session);
        await store.GetManyAsync(["test:{a}", "test:{b}"], _limit);
        Assert.Equal(["MGET"], session.FinishProfiling().Select(command => command.Command));
    }

    private RedisStore Store(IConnectionMultiplexer connection) =>
        new(connection, Options.Create(_options), _clock) { Patience = RedisStoreTests.Patience };

    private StoreWrite Write(TimeSpan life, params string[] indexes) => new(new byte[1], _clock.GetUtcNow() + life) { Indexes = indexes };
}
