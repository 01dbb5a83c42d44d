using McpOidc.Storage;
using McpOidc.Telemetry;
using McpOidc.Testing;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.Storage;

/// <summary>The comparison of this machine's clock with the store's, at startup and every minute.</summary>
public sealed class StoreClockTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Clock_drift_in_a_running_process_and_its_recovery_are_logged_within_a_minute()
    {
        using var world = new World();
        await world.StartAsync();
        Assert.Equal(HealthStatus.Healthy, await world.HealthAsync());

        world.Clock.Advance(TimeSpan.FromSeconds(-90));
        await world.LookAsync();
        Assert.Contains("is 90 seconds behind", await world.Logs.WaitForAsync("[2830]", s_patience), StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Degraded, await world.HealthAsync());
        Assert.Equal(-90, world.Metrics.ClockAhead!.Value.TotalSeconds, 1.0);

        world.Clock.Advance(TimeSpan.FromSeconds(90));
        await world.LookAsync();
        await world.Logs.WaitForAsync("[2831]", s_patience);
        Assert.Equal(HealthStatus.Healthy, await world.HealthAsync());
    }

    [Theory]
    [InlineData(4, HealthStatus.Healthy)]
    [InlineData(-4, HealthStatus.Healthy)]
    [InlineData(6, HealthStatus.Degraded)]
    [InlineData(-6, HealthStatus.Degraded)]
    public async Task Clocks_may_differ_by_five_seconds(int seconds, HealthStatus health)
    {
        using var world = new World();
        world.Clock.Advance(TimeSpan.FromSeconds(seconds));
        await world.StartAsync();
        Assert.Equal(health, await world.HealthAsync());
    }

    [Fact]
    public async Task A_store_without_a_clock_is_not_compared()
    {
        using var world = new World(hasClock: false);
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.StartAsync();
        Assert.Null(world.Metrics.ClockAhead);
        Assert.Equal(HealthStatus.Healthy, await world.HealthAsync());
    }

    [RedisFact]
    public async Task A_Redis_user_without_permission_to_read_the_time_causes_no_error()
    {
        await using var server = await RedisServer.StartAsync();
        var connection = await server.ConnectionAsync();
        await connection.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "-time");
        using var store = TestStore.Redis(server);
        await using var system = await TestSystem.StartAsync(store: store);
        Assert.Null(await system.Server.Services.GetRequiredService<IMcpOidcStore>().GetTimeAsync());
    }

    /// <summary>A store with a correct clock, and a process whose clock the test moves; the test decides when a minute passes.</summary>
    private sealed class World : IDisposable
    {
        private readonly ServiceProvider _services;
        private readonly StoreClockHostedService _watch;
        private readonly ClockedStore _store;

        public World(bool hasClock = true)
        {
            _store = new ClockedStore(hasClock);
            var services = new ServiceCollection();
            services.AddMetrics().AddLogging(logging => logging.AddProvider(Logs)).AddSingleton<Metrics>();
            _services = services.BuildServiceProvider();
            Metrics = _services.GetRequiredService<Metrics>();
            _watch = new StoreClockHostedService(_store, Clock, Metrics, _services.GetRequiredService<ILogger<StoreClockHostedService>>());
        }

        public ManualClock Clock { get; } = new();

        public LogSink Logs { get; } = new();

        public Metrics Metrics { get; }

        public async Task StartAsync()
        {
            await _watch.StartAsync(CancellationToken.None);
            await _store.WaitForLookAsync();
            await PassMinuteAsync();
        }

        /// <summary>Looks twice in sequence: once the second look has started, the result of the first is known.</summary>
        public async Task LookAsync()
        {
            await PassMinuteAsync();
            await PassMinuteAsync();
        }

        private Task PassMinuteAsync()
        {
            Clock.PassMinute();
            return _store.WaitForLookAsync();
        }

        public async Task<HealthStatus> HealthAsync() =>
            (await _watch.CheckHealthAsync(new HealthCheckContext(), CancellationToken.None)).Status;

        public void Dispose()
        {
            _watch.Dispose();
            _services.Dispose();
            Logs.Dispose();
        }
    }

    private sealed class ClockedStore(bool hasClock) : StoreDecorator(new InMemoryStore(TimeProvider.System))
    {
        private readonly SemaphoreSlim _looks = new(0);

        public override ValueTask<DateTimeOffset?> GetTimeAsync(CancellationToken cancellationToken = default)
        {
            _looks.Release();
            return new(hasClock ? TimeProvider.System.GetUtcNow() : null);
        }

        public async Task WaitForLookAsync()
        {
            using var limit = new CancellationTokenSource(s_patience);
            await _looks.WaitAsync(limit.Token);
        }
    }

    /// <summary>A clock that the test moves, and a timer that the test fires.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private TimeSpan _offset;
        private Action _tick = () => { };

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _offset;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal(TimeSpan.FromMinutes(1), period);
            _tick = () => callback(state);
            return base.CreateTimer(_ => { }, state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void Advance(TimeSpan by) => _offset += by;

        public void PassMinute() => _tick();
    }
}
