using System.Runtime.CompilerServices;
using McpOidc.Configuration;
using McpOidc.RateLimits;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Storage.OpenIddict;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.RateLimits;

/// <summary>How requests are counted: across processes, with few round trips, in bounded memory, and without a store if need be.</summary>
public sealed class RateLimiterTests
{
    private static readonly RateLimit s_hundred = new("test", 100, TimeSpan.FromHours(1));
    private readonly AdjustableClock _clock = new();

    public RateLimiterTests() =>
        _clock.Advance(s_hundred.Window - TimeSpan.FromTicks(_clock.GetUtcNow().UtcTicks % s_hundred.Window.Ticks));

    [Fact]
    public async Task Counting_to_a_hundred_takes_twenty_store_operations_and_refusals_take_none()
    {
        var store = new LoggingStore();
        var limiter = Create(store);
        for (var i = 0; i < 9; i++)
        {
            Assert.Null(await limiter.SpendAsync(s_hundred, "a"));
        }

        Assert.Empty(store.Log);
        Assert.Equal(91, await SpendAllAsync(limiter, "a"));
        Assert.Equal(20, store.Log.Count);
        Assert.DoesNotContain(store.Log, line => line.Contains(":a", StringComparison.Ordinal));
        for (var i = 0; i < 1000; i++)
        {
            Assert.NotNull(await limiter.SpendAsync(s_hundred, "a"));
        }

        Assert.Equal(20, store.Log.Count);
        Assert.Null(await limiter.SpendAsync(s_hundred, "b"));
    }

    [Fact]
    public async Task Processes_share_a_limit_and_each_exceeds_it_by_less_than_a_tenth()
    {
        var store = new LoggingStore();
        RateLimiter[] processes = [Create(store), Create(store), Create(store)];
        var passed = 0;
        for (var i = 0; i < 300; i++)
        {
            passed += await processes[i % 3].SpendAsync(s_hundred, "a") is null ? 1 : 0;
        }

        Assert.InRange(passed, 100, 100 + (3 * (s_hundred.Step - 1)));
        _clock.Advance(s_hundred.Window);
        Assert.Null(await processes[0].SpendAsync(s_hundred, "a"));
    }

    [Fact]
    public async Task An_unavailable_store_fails_no_request_and_each_process_keeps_counting()
    {
        var limiter = Create(new AwayStore());
        Assert.Equal(100, await SpendAllAsync(limiter, "a"));
        var refusal = await limiter.SpendAsync(s_hundred, "a");
        Assert.InRange(refusal!.RetryAfter, 3500, 3600);
    }

    [Fact]
    public async Task A_key_that_was_never_counted_reaches_no_limit_and_has_no_stored_counter()
    {
        var limiter = Create(new LoggingStore());
        Assert.Null(limiter.Find(s_hundred, "a"));
        Assert.Null(await limiter.SpendAsync(s_hundred, null));
        Assert.Null(await limiter.SpendAsync(new RateLimit("none", 0, TimeSpan.FromMinutes(1)), "a"));
    }

    [Fact]
    public void A_stream_of_new_keys_evicts_rarely_used_keys_and_not_those_at_the_limit()
    {
        var windows = new RateLimitWindows(_clock) { MaximumKept = 100 };
        var busy = windows.Open(s_hundred, "busy");
        while (busy.TrySpend(s_hundred, out _)) { }

        for (var i = 0; i < windows.MaximumKept * 2; i++)
        {
            windows.Open(s_hundred, $"{i}");
            Assert.InRange(windows.Kept, 1, windows.MaximumKept);
        }

        Assert.Same(busy, windows.Find(s_hundred, "busy"));
        _clock.Advance(s_hundred.Window);
        Assert.Null(windows.Find(s_hundred, "busy"));
    }

    [Fact]
    public async Task A_limit_that_is_reached_is_found_reached_and_one_below_is_not()
    {
        var limiter = Create(new LoggingStore());
        Assert.Null(await limiter.SpendAsync(s_hundred, "a", amount: 99));
        Assert.Null(limiter.Find(s_hundred, "a"));
        Assert.Null(await limiter.SpendAsync(s_hundred, "a"));
        Assert.True(limiter.Find(s_hundred, "a")!.IsFirst);
        Assert.False(limiter.Find(s_hundred, "a")!.IsFirst);
        limiter.GiveBack(s_hundred, "a");
        Assert.Null(limiter.Find(s_hundred, "a"));
    }

    [Fact]
    public async Task Limits_that_are_switched_off_count_nothing()
    {
        var store = new LoggingStore();
        var options = Options.Create(new RateLimitOptions { Enabled = false });
        var limiter = new RateLimiter(store, options, _clock, NullLogger<RateLimiter>.Instance);
        for (var i = 0; i < 101; i++)
        {
            Assert.Null(await limiter.SpendAsync(s_hundred, "a"));
        }

        Assert.Null(limiter.Find(s_hundred, "a"));
        Assert.Empty(store.Log);
    }

    [Fact]
    public async Task A_count_for_an_address_and_one_given_back_apply_to_its_network_too()
    {
        var limiter = Create(new LoggingStore());
        var limit = s_hundred with { OfNetwork = new RateLimit("network", 2, s_hundred.Window) };
        Assert.Null(await limiter.SpendAsync(limit, "20010DB800010001"));
        Assert.Null(await limiter.SpendAsync(limit, "20010DB800010002"));
        Assert.NotNull(limiter.Find(limit, "20010DB800010003"));
        Assert.Null(limiter.Find(limit, "20010DB800020003"));
        limiter.GiveBack(limit, "20010DB800010001");
        Assert.Null(limiter.Find(limit, "20010DB800010003"));
    }

    [RedisFact]
    public async Task Two_servers_with_one_Redis_count_together()
    {
        await using var redis = await RedisServer.StartAsync();
        using var store = TestStore.Redis(redis);
        await using var system = await TestSystem.StartAsync(
            options =>
            {
                options.Standalone = true;
                options.Set("McpOidc:RateLimits:RequestsPerGrantPerMinute", "4");
            },
            store
        );
        var second = await system.StartSecondServerAsync();
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        using var elsewhere = new OAuthClient(second.Origin, client.Resource) { ClientId = client.ClientId };
        for (var i = 0; i < 4; i++)
        {
            tokens = await (i % 2 == 0 ? client : elsewhere).RefreshAsync(tokens.RefreshToken);
        }

        // Each process learns the other's count when it reports its own, which with so small a limit is every time.
        var last = new[] { await client.RefreshAsync(tokens.RefreshToken), await elsewhere.RefreshAsync(tokens.RefreshToken) };
        Assert.Contains(last, answer => answer.Status == 429);
    }

    private RateLimiter Create(IMcpOidcStore store) =>
        new(store, Options.Create(new RateLimitOptions()), _clock, NullLogger<RateLimiter>.Instance);

    private static async Task<int> SpendAllAsync(RateLimiter limiter, string key)
    {
        var spent = 0;
        while (await limiter.SpendAsync(s_hundred, key) is null)
        {
            spent++;
        }

        return spent;
    }

    private sealed class AwayStore : IMcpOidcStore
    {
        public ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
            throw new StoreUnavailableException("away");

        public ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
            throw new StoreUnavailableException("away");

        public ValueTask<long?> ReplaceAsync(
            string key,
            long expectedVersion,
            StoreWrite write,
            CancellationToken cancellationToken = default
        ) => throw new StoreUnavailableException("away");

        public ValueTask<StoredRecord?> TakeAsync(string key, CancellationToken cancellationToken = default) =>
            throw new StoreUnavailableException("away");

        public ValueTask<bool> RemoveAsync(string key, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
            throw new StoreUnavailableException("away");

        public async IAsyncEnumerable<string> ListAsync(
            string index,
            [EnumeratorCancellation] CancellationToken cancellationToken = default
        )
        {
            await Task.CompletedTask;
            yield break;
        }
    }
}
