using McpOidc.Configuration;
using McpOidc.RateLimits;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Storage.OpenIddict;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.RateLimits;

/// <summary>Two processes that report their counts to the store at the same moment lose neither count.</summary>
public sealed class SharedCountTests
{
    private static readonly RateLimit s_hundred = new("test", 100, TimeSpan.FromHours(1));
    private readonly AdjustableClock _clock = new();

    public SharedCountTests() =>
        _clock.Advance(s_hundred.Window - TimeSpan.FromTicks(_clock.GetUtcNow().UtcTicks % s_hundred.Window.Ticks));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Neither_of_two_concurrent_counts_is_lost(bool somethingWasCountedBefore)
    {
        var store = new MeetingStore(new LoggingStore());
        var limiters = new[] { Create(store), Create(store) };
        if (somethingWasCountedBefore)
        {
            await SpendAsync(Create(store), 10);
        }

        await Task.WhenAll(limiters.Select(limiter => SpendAsync(limiter, 9)));
        store.Meeting = 2;
        await Task.WhenAll(limiters.Select(limiter => SpendAsync(limiter, 1))).WaitAsync(TimeSpan.FromSeconds(20));

        // A third process learns all counts when it reports its own.
        var left = Create(store);
        var spent = 0;
        while (await left.SpendAsync(s_hundred, "a") is null)
        {
            spent++;
        }

        Assert.Equal(somethingWasCountedBefore ? 70 : 80, spent);
    }

    private static async Task SpendAsync(RateLimiter limiter, int count)
    {
        for (var number = 0; number < count; number++)
        {
            Assert.Null(await limiter.SpendAsync(s_hundred, "a"));
        }
    }

    private RateLimiter Create(IMcpOidcStore store) =>
        new(store, Options.Create(new RateLimitOptions()), _clock, NullLogger<RateLimiter>.Instance);

    /// <summary>The first readers proceed once all of them have read.</summary>
    private sealed class MeetingStore(IMcpOidcStore inner) : StoreDecorator(inner)
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _met;

        public int Meeting { get; set; }

        public override async ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default)
        {
            var found = await base.GetAsync(key, cancellationToken);
            if (Meeting > 0 && Interlocked.Increment(ref _met) is var number && number <= Meeting)
            {
                if (number == Meeting)
                {
                    _all.SetResult();
                }

                await _all.Task;
            }

            return found;
        }
    }
}
