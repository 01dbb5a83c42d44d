using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpOidc.Tests.Storage;

/// <summary>Two connected nodes both claim to be the primary: one of them will lose its writes.</summary>
public sealed class RedisPrimariesTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private RedisServer _one = null!;
    private RedisServer _other = null!;
    private ConnectionMultiplexer _connection = null!;

    public async Task InitializeAsync()
    {
        _one = await RedisServer.StartAsync();
        _other = await RedisServer.StartAsync("--replicaof", "127.0.0.1", $"{_one.Port}");
        _connection = await ConnectAsync(_one.ConnectionString, _other.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _other.DisposeAsync();
        await _one.DisposeAsync();
    }

    [RedisFact]
    public async Task The_store_refuses_reads_and_writes_while_two_nodes_are_primaries_and_resumes_once_one_is_left()
    {
        var store = new RedisStore(_connection, Options.Create(new RedisStoreOptions()), TimeProvider.System);
        var write = new StoreWrite("x"u8.ToArray(), DateTimeOffset.UtcNow.AddHours(1)) { Indexes = ["index:test:{i}"] };
        var version = await store.AddAsync("test:{a}", write, s_none);
        Assert.NotNull(version);

        await PromoteAsync(null);
        (string Name, Func<Task> Ask)[] operations =
        [
            ("get", () => store.GetAsync("test:{a}", s_none).AsTask()),
            ("get many", () => store.GetManyAsync(["test:{a}", "test:{b}"], s_none).AsTask()),
            ("add", () => store.AddAsync("test:{b}", write with { Indexes = [] }, s_none).AsTask()),
            ("add to index", () => store.AddAsync("test:{c}", write, s_none).AsTask()),
            ("add or get", () => store.AddOrGetAsync("test:{a}", write, s_none).AsTask()),
            ("replace", () => store.ReplaceAsync("test:{a}", version.Value, write, s_none).AsTask()),
            ("take", () => store.TakeAsync("test:{a}", s_none).AsTask()),
            ("remove", () => store.RemoveAsync("test:{a}", cancellationToken: s_none).AsTask()),
            ("list", () => store.ListAsync("index:test:{i}", s_none).ToArrayAsync(s_none).AsTask()),
            ("list page", () => store.ListPageAsync("index:test:{i}", null, 10, s_none).AsTask()),
            ("scan page", () => store.ScanPageAsync("test:", null, 10, s_none).AsTask()),
            ("listen", () => store.ListenAsync("test", static () => { }, s_none).AsTask()),
        ];
        foreach (var (name, ask) in operations)
        {
            var fault = await Record.ExceptionAsync(ask);
            Assert.True(fault is StoreUnavailableException, $"{name}: {fault}");
            Assert.Contains($"{_other.Port}", fault.Message, StringComparison.Ordinal);
        }

        await PromoteAsync(_one);
        Assert.Equal(version, (await store.GetAsync("test:{a}", s_none))?.Version);
        Assert.Equal(["test:{a}"], (await store.ScanPageAsync("test:", null, 10, s_none)).Keys);
        Assert.NotNull(await store.ReplaceAsync("test:{a}", version.Value, write, s_none));
    }

    // As a sentinel does: the node's clients are disconnected in the same step.
    [RedisFact]
    public async Task A_write_after_a_replica_promotion_is_refused_before_the_connection_notices_it()
    {
        var store = new RedisStore(_connection, Options.Create(new RedisStoreOptions()), TimeProvider.System);
        var write = new StoreWrite("x"u8.ToArray(), DateTimeOffset.UtcNow.AddHours(1));
        var admin = await _other.ConnectionAsync();
        var step = admin.GetDatabase().CreateTransaction();
        _ = step.ExecuteAsync("REPLICAOF", "NO", "ONE");
        _ = step.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        await step.ExecuteAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AddAsync("test:{a}", write, s_none).AsTask());
    }

    [RedisFact]
    public async Task A_dead_replica_does_not_block_requests()
    {
        var primaries = new RedisPrimaries(_connection, NullLogger.Instance) { Patience = TimeSpan.FromMinutes(5) };
        var lost = new TaskCompletionSource();
        _connection.ConnectionFailed += (_, _) => lost.TrySetResult();
        await _other.KillAsync();

        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await primaries.RequireOneAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(primaries.IsOne);
    }

    [RedisFact]
    public async Task A_replica_that_accepts_connections_while_it_dies_does_not_block_requests()
    {
        await using var relay = new DyingRelay(_other.Port);
        await using var connection = await ConnectAsync(_one.ConnectionString, relay.Address);
        var primaries = new RedisPrimaries(connection, NullLogger.Instance) { Patience = TimeSpan.FromMinutes(5) };
        var lost = new TaskCompletionSource();
        connection.ConnectionFailed += (_, _) => lost.TrySetResult();
        await relay.DieAsync();

        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await primaries.RequireOneAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(primaries.IsOne);
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(params string[] nodes)
    {
        var options = ConfigurationOptions.Parse(string.Join(',', nodes));
        RedisConnection.Configure(options);
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        // A connection that is still being established is not lost, and no event would say so.
        while (!connection.GetServers().All(server => server.IsConnected))
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }

        return connection;
    }

    private async Task PromoteAsync(RedisServer? primary)
    {
        var admin = await _other.ConnectionAsync();
        await admin.GetDatabase().ExecuteAsync("REPLICAOF", primary is null ? ["NO", "ONE"] : ["127.0.0.1", $"{primary.Port}"]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var server = _connection
            .GetServers()
            .Single(server => server.EndPoint.ToString()!.EndsWith($":{_other.Port}", StringComparison.Ordinal));
        while (server.IsReplica == (primary is null))
        {
            await pulse.WaitForNextTickAsync(limit.Token);
            await _connection.ConfigureAsync();
        }
    }
}
