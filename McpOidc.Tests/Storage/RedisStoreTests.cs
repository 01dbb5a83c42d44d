using System.Diagnostics;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace McpOidc.Tests.Storage;

[RequiresRedis]
public sealed class RedisStoreTests(RedisServerFixture fixture) : StoreContractTests, IClassFixture<RedisServerFixture>
{
    /// <summary>A machine that runs all tests at once may take longer to answer than a user would wait; timeouts have their own
    /// tests.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly string KeyOfIndex = RedisIndex.Key(RedisIndex.Digest("index:test:{i}"));
    private readonly RedisStoreOptions _options = new() { KeyPrefix = $"{Guid.NewGuid():N}:" };

    protected override async Task<IMcpOidcStore> CreateStoreAsync(TimeProvider clock)
    {
        return new RedisStore(await (await fixture.ServerAsync()).ConnectionAsync(), Options.Create(_options), clock)
        {
            Patience = Patience,
        };
    }

    [RedisFact]
    public async Task Records_and_indexes_are_expired_by_Redis_itself()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("a", "index:test:{i}"), Limit);
        await store.AddAsync("test:{b}", Hour("b", "index:test:{i}") with { ExpiresAt = Clock.GetUtcNow().AddMinutes(5) }, Limit);

        Assert.InRange(await LifeAsync("test:{a}"), TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(60));
        Assert.InRange(await LifeAsync("test:{b}"), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        // A quarter longer than the record, so that a small extension of the record need not update the index.
        Assert.InRange(await LifeAsync(KeyOfIndex), TimeSpan.FromMinutes(74), TimeSpan.FromMinutes(75));
    }

    [RedisFact]
    public async Task A_record_in_the_format_of_a_newer_version_is_refused_and_not_misread()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("a", "index:test:{i}"), Limit);
        var (database, key) = (await DatabaseAsync(), _options.KeyPrefix + "test:{a}");
        var record = (byte[])(await database.StringGetAsync(key))!;
        Assert.InRange(record[0], 0, sbyte.MaxValue);
        record[0] |= 0x80;
        await database.StringSetAsync(key, record);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.GetAsync("test:{a}", Limit).AsTask());
        Assert.Contains("a newer version of McpOidc", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AddAsync("test:{a}", Hour("b"), Limit).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.ListAsync("index:test:{i}", Limit).ToArrayAsync(Limit));
    }

    [RedisFact]
    public async Task A_prolonged_record_rejoins_its_index_only_before_it_would_outlive_its_index_entry()
    {
        var store = await CreateStoreAsync(Clock);
        var version = await store.AddAsync("test:{a}", Hour("a", "index:test:{i}"), Limit);
        Clock.Advance(TimeSpan.FromMinutes(10));
        version = await store.ReplaceAsync("test:{a}", version!.Value, Hour("b", "index:test:{i}"), Limit);
        Assert.InRange(await LifeAsync(KeyOfIndex), TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(75));

        Clock.Advance(TimeSpan.FromMinutes(50));
        version = await store.ReplaceAsync("test:{a}", version!.Value, Hour("c", "index:test:{i}"), Limit);
        Clock.Advance(TimeSpan.FromMinutes(50));
        Assert.NotNull(version);
        Assert.Equal(["test:{a}"], await store.ListAsync("index:test:{i}", Limit).ToArrayAsync(Limit));
    }

    [RedisFact]
    public async Task An_index_with_a_record_that_never_expires_never_expires()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("a", "index:test:{i}") with { ExpiresAt = DateTimeOffset.MaxValue }, Limit);
        await store.AddAsync("test:{b}", Hour("b", "index:test:{i}"), Limit);

        Assert.Equal(TimeSpan.MaxValue, await LifeAsync("test:{a}"));
        Assert.Equal(TimeSpan.MaxValue, await LifeAsync(KeyOfIndex));
    }

    [RedisFact]
    public async Task Expired_members_are_dropped_from_an_index_by_its_next_write()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("a", "index:test:{i}"), Limit);
        Clock.Advance(TimeSpan.FromHours(2));
        await store.AddAsync("test:{b}", Hour("b", "index:test:{i}"), Limit);

        var members = await (await DatabaseAsync()).SortedSetRangeByRankAsync(_options.KeyPrefix + KeyOfIndex);
        Assert.Equal(["test:{b}"], members.Select(member => (string?)member));
    }

    [RedisFact]
    public async Task A_listing_does_not_drop_the_index_member_of_an_unfinished_write()
    {
        var store = await CreateStoreAsync(Clock);
        var database = await DatabaseAsync();

        // Simulates a writer between its two steps: the index is written, but the record is not.
        await database.SortedSetAddAsync(
            _options.KeyPrefix + KeyOfIndex,
            "test:{a}",
            Clock.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds()
        );
        Assert.Empty(await MembersAsync(store, "index:test:{i}"));

        Assert.NotNull(await database.SortedSetScoreAsync(_options.KeyPrefix + KeyOfIndex, "test:{a}"));
    }

    [RedisTheory]
    [InlineData("get")]
    [InlineData("get-many")]
    [InlineData("add")]
    [InlineData("add-or-get")]
    [InlineData("take")]
    [InlineData("remove")]
    [InlineData("replace")]
    public Task An_operation_without_indexes_takes_one_command(string operation) =>
        AssertCommandsAsync(1, store => RunAsync(store, operation, "test:{a}"));

    [RedisFact]
    public Task A_write_that_joins_indexes_takes_one_command_too() =>
        AssertCommandsAsync(
            3,
            async store =>
            {
                var version = await store.AddAsync("test:{a}", Hour("a", "index:test:{i}", "index:test:{j}"), Limit);
                await store.AddOrGetAsync("test:{a}", Hour("a", "index:test:{i}"), Limit);
                await store.ReplaceAsync(
                    "test:{a}",
                    version!.Value,
                    Hour("b", "index:test:{k}") with
                    {
                        ExpiresAt = Clock.GetUtcNow().AddMinutes(61),
                    },
                    Limit
                );
            }
        );

    [RedisFact]
    public Task A_replace_that_prolongs_entries_in_named_indexes_takes_one_command() =>
        AssertCommandsAsync(
            2,
            async store =>
            {
                var version = await store.AddAsync("test:{a}", Hour("a", "index:test:{i}"), Limit);
                await store.ReplaceAsync(
                    "test:{a}",
                    version!.Value,
                    Hour("b", "index:test:{i}") with
                    {
                        ExpiresAt = Clock.GetUtcNow().AddHours(5),
                    },
                    Limit
                );
                Assert.InRange(await LifeAsync(KeyOfIndex), TimeSpan.FromHours(6), TimeSpan.FromHours(7));
            }
        );

    [RedisFact]
    public Task A_replace_that_prolongs_entries_in_unnamed_indexes_takes_two_commands() =>
        AssertCommandsAsync(
            3,
            async store =>
            {
                var version = await store.AddAsync("test:{a}", Hour("a", "index:test:{i}"), Limit);
                await store.ReplaceAsync(
                    "test:{a}",
                    version!.Value,
                    Hour("b", "index:test:{j}") with
                    {
                        ExpiresAt = Clock.GetUtcNow().AddHours(5),
                    },
                    Limit
                );
                Assert.InRange(await LifeAsync(KeyOfIndex), TimeSpan.FromHours(6), TimeSpan.FromHours(7));
            }
        );

    [RedisFact]
    public async Task A_cluster_behind_a_proxy_that_exposes_one_server_is_written_one_key_at_a_time()
    {
        await using var node = await RedisServer.StartAsync("--cluster-enabled", "yes");
        await using (var direct = await node.ConnectAsync())
        {
            await direct.GetServers()[0].ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", 0, 16383);
        }

        // Such proxies do not support the command that checks for a cluster.
        await using var connection = await node.ConnectAsync(options =>
            options.CommandMap = CommandMap.Create(new HashSet<string> { "CLUSTER", "HELLO", "INFO" }, available: false)
        );
        var store = Store(connection, Clock);
        Assert.Equal(ServerType.Standalone, connection.GetServers()[0].ServerType);
        while (await Record.ExceptionAsync(() => store.GetAsync("test:{a}", Limit).AsTask()) is StoreUnavailableException)
        {
            // A node is ready shortly after it is assigned its slots.
            await Task.Delay(20, Limit);
        }

        var version = await store.AddAsync("test:{a}", Hour("a", "index:test:{i}"), Limit);
        Assert.NotNull(
            await store.ReplaceAsync(
                "test:{a}",
                version!.Value,
                Hour("b", "index:test:{j}") with
                {
                    ExpiresAt = Clock.GetUtcNow().AddHours(5),
                },
                Limit
            )
        );
        Assert.Equal(["test:{a}"], await MembersAsync(store, "index:test:{i}"));
        Assert.Equal(["test:{a}"], await MembersAsync(store, "index:test:{j}"));
        var session = new ProfilingSession();
        connection.RegisterProfiler(() => session);
        Assert.Equal(["b", null], (await store.GetManyAsync(["test:{a}", "test:{b}"], Limit)).Select(Text));
        // It no longer tries both at once.
        Assert.Equal(["GET", "GET"], session.FinishProfiling().Select(command => command.Command));
    }

    [RedisTheory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("0123456789abcd\u0003 says that it is in three indexes")]
    public async Task A_value_that_is_not_a_record_is_reported_as_an_unavailable_store(string text)
    {
        var store = await CreateStoreAsync(Clock);
        await (await DatabaseAsync()).StringSetAsync(_options.KeyPrefix + "test:{a}", text);
        await AssertUnavailableAsync(() => store.GetAsync("test:{a}", Limit).AsTask());
    }

    [RedisFact]
    public async Task A_server_that_lost_its_scripts_gets_them_again()
    {
        var store = await CreateStoreAsync(Clock);
        await store.AddAsync("test:{a}", Hour("x"), Limit);
        var connection = await (await fixture.ServerAsync()).ConnectionAsync();
        await connection.GetServers()[0].ExecuteAsync("SCRIPT", "FLUSH");

        Assert.NotNull(await store.AddAsync("test:{b}", Hour("x"), Limit));
        Assert.NotNull(await store.TakeAsync("test:{a}", Limit));
    }

    [RedisFact]
    public async Task A_killed_Redis_server_is_reported_as_an_unavailable_store_within_two_seconds()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await server.ConnectAsync();
        var store = Store(connection, Clock);
        var version = await store.AddAsync("test:{a}", Hour("x"), Limit);
        await server.KillAsync();

        await AssertUnavailableAsync(() => store.GetAsync("test:{a}", Limit).AsTask());
        await AssertUnavailableAsync(() => store.AddAsync("test:{b}", Hour("x"), Limit).AsTask());
        await AssertUnavailableAsync(() => store.AddAsync("test:{b}", Hour("x", "index:test:{i}"), Limit).AsTask());
        await AssertUnavailableAsync(() => store.ReplaceAsync("test:{a}", version!.Value, Hour("x"), Limit).AsTask());
        await AssertUnavailableAsync(() => store.TakeAsync("test:{a}", Limit).AsTask());
        await AssertUnavailableAsync(() => store.RemoveAsync("test:{a}", cancellationToken: Limit).AsTask());
        await AssertUnavailableAsync(() => MembersAsync(store, "index:test:{i}"));
    }

    [RedisFact]
    public async Task A_nonexistent_Redis_server_is_reported_as_an_unavailable_store_within_two_seconds()
    {
        var options = new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", RedisServer.FreePort() } },
            AbortOnConnectFail = false,
            ConnectTimeout = 200,
        };
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        var store = Store(connection, Clock);

        await AssertUnavailableAsync(() => store.GetAsync("test:{a}", Limit).AsTask());
        await AssertUnavailableAsync(() => store.AddAsync("test:{a}", Hour("x"), Limit).AsTask());
    }

    [RedisFact]
    public async Task A_hanging_Redis_server_is_reported_as_an_unavailable_store_within_two_seconds()
    {
        await using var server = await RedisServer.StartAsync("--enable-debug-command", "yes");
        await using var connection = await server.ConnectAsync();
        var store = Store(connection, Clock);
        await store.AddAsync("test:{a}", Hour("x"), Limit);
        _ = connection.GetServers()[0].ExecuteAsync("DEBUG", ["SLEEP", "20"], CommandFlags.FireAndForget);

        await AssertUnavailableAsync(() => store.GetAsync("test:{a}", Limit).AsTask());
    }

    [RedisFact]
    public async Task A_Redis_server_that_refuses_writes_is_reported_as_an_unavailable_store()
    {
        await using var server = await RedisServer.StartAsync("--maxmemory", "1", "--maxmemory-policy", "noeviction");
        await using var connection = await server.ConnectAsync();
        var store = Store(connection, Clock);

        await AssertUnavailableAsync(() => store.AddAsync("test:{a}", Hour("x"), Limit).AsTask());
        await AssertUnavailableAsync(() => store.AddAsync("test:{a}", Hour("x", "index:test:{i}"), Limit).AsTask());
        Assert.Null(await store.GetAsync("test:{a}", Limit));
    }

    [RedisFact]
    public async Task A_replica_that_lost_its_master_is_reported_as_an_unavailable_store()
    {
        await using var server = await RedisServer.StartAsync("--replicaof", "127.0.0.1", $"{RedisServer.FreePort()}");
        await using var connection = await server.ConnectAsync();
        var store = Store(connection, Clock);

        await AssertUnavailableAsync(() => store.GetAsync("test:{a}", Limit).AsTask());
        await AssertUnavailableAsync(() => store.AddAsync("test:{a}", Hour("x"), Limit).AsTask());
    }

    private RedisStore Store(IConnectionMultiplexer connection, TimeProvider clock) => new(connection, Options.Create(_options), clock);

    /// <summary>Asserts the number of commands sent to the server once it has loaded the scripts.</summary>
    private async Task AssertCommandsAsync(int expected, Func<RedisStore, Task> operations)
    {
        await using var connection = await (await fixture.ServerAsync()).ConnectAsync();
        var store = Store(connection, Clock);

        // The first use of a script loads it into the server.
        foreach (var operation in new[] { "add", "replace", "remove" })
        {
            await RunAsync(store, operation, "test:{warm}", "index:test:{warm}");
        }

        var session = new ProfilingSession();
        connection.RegisterProfiler(() => session);
        await operations(store);
        Assert.Equal(expected, session.FinishProfiling().Count());
    }

    private static async Task AssertUnavailableAsync(Func<Task> operation)
    {
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAsync<StoreUnavailableException>(operation);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    private async Task RunAsync(RedisStore store, string operation, string key, params string[] indexes)
    {
        switch (operation)
        {
            case "get":
                await store.GetAsync(key, Limit);
                break;
            case "add":
                await store.AddAsync(key, Hour("x", indexes), Limit);
                break;
            case "get-many":
                await store.GetManyAsync([key, "test:{other}"], Limit);
                break;
            case "add-or-get":
                await store.AddOrGetAsync(key, Hour("x", indexes), Limit);
                break;
            case "take":
                await store.TakeAsync(key, Limit);
                break;
            case "remove":
                await store.RemoveAsync(key, cancellationToken: Limit);
                break;
            default:
                await store.ReplaceAsync(key, 1, Hour("x"), Limit);
                break;
        }
    }

    private async Task<IDatabase> DatabaseAsync() => (await (await fixture.ServerAsync()).ConnectionAsync()).GetDatabase();

    private async Task<TimeSpan> LifeAsync(string key) =>
        await (await DatabaseAsync()).KeyTimeToLiveAsync(_options.KeyPrefix + key) ?? TimeSpan.MaxValue;
}
