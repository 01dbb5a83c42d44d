using McpOidc.RateLimits;

namespace McpOidc.Tests.RateLimits;

/// <summary>One window counts exactly, also while it reports its count, and expired windows make room first.</summary>
public sealed class RateLimitWindowTests
{
    private static readonly RateLimit s_hundred = new("test", 100, TimeSpan.FromHours(1));
    private static readonly RateLimit s_minute = new("short", 100, TimeSpan.FromMinutes(1));
    private readonly AdjustableClock _clock = new();

    // A window ends with the hour of the clock.
    public RateLimitWindowTests() =>
        _clock.Advance(s_hundred.Window - TimeSpan.FromTicks(_clock.GetUtcNow().UtcTicks % s_hundred.Window.Ticks));

    [Fact]
    public void A_count_is_reported_once_also_while_more_is_counted()
    {
        var window = new RateLimitWindow(DateTimeOffset.MaxValue);
        Assert.Equal(10, Spend(window, 10));
        Assert.Equal(0, Spend(window, 10));
        window.Told(10, total: 30);
        Assert.Equal(40, window.Count);
        Assert.Equal(11, Spend(window, 1));
    }

    [Fact]
    public void A_count_that_could_not_be_reported_is_reported_with_the_next_one()
    {
        var window = new RateLimitWindow(DateTimeOffset.MaxValue);
        Assert.Equal(10, Spend(window, 10));
        window.Told(10, total: null);
        Assert.Equal(10, window.Count);
        Assert.Equal(11, Spend(window, 1));
    }

    [Fact]
    public void A_limit_of_a_hundred_allows_a_hundred_and_several_at_once_only_if_all_fit()
    {
        var window = new RateLimitWindow(DateTimeOffset.MaxValue);
        Spend(window, 98);
        Assert.False(window.TrySpend(s_hundred, out _, amount: 3));
        Assert.True(window.TrySpend(s_hundred, out _, amount: 2));
        Assert.False(window.TrySpend(s_hundred, out _));
        window.GiveBack();
        Assert.True(window.TrySpend(s_hundred, out _));
    }

    [Fact]
    public void Only_the_first_refusal_of_a_window_is_the_first()
    {
        var window = new RateLimitWindow(DateTimeOffset.MaxValue);
        Assert.Equal([true, false, false], [window.Refuse(), window.Refuse(), window.Refuse()]);
    }

    [Fact]
    public void Expired_windows_make_room_and_current_ones_stay()
    {
        var windows = new RateLimitWindows(_clock) { MaximumKept = 4 };
        Assert.True(windows.Open(s_minute, "a").TrySpend(s_minute, out _, amount: 50));
        var current = windows.Open(s_hundred, "b");
        _clock.Advance(s_minute.Window);
        var others = new[] { windows.Open(s_hundred, "c"), windows.Open(s_hundred, "d") };
        Assert.Equal(4, windows.Kept);

        windows.Open(s_hundred, "e");
        Assert.Equal(4, windows.Kept);
        Assert.Same(current, windows.Find(s_hundred, "b"));
        Assert.Same(others[0], windows.Find(s_hundred, "c"));
        Assert.Same(others[1], windows.Find(s_hundred, "d"));
    }

    [Fact]
    public void If_no_window_has_expired_half_of_them_make_room()
    {
        var windows = new RateLimitWindows(_clock) { MaximumKept = 4 };
        for (var number = 0; number < 4; number++)
        {
            Spend(windows.Open(s_hundred, $"{number}"), 9 - number);
        }

        windows.Open(s_hundred, "e");
        Assert.Equal(3, windows.Kept);
        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(number => windows.Find(s_hundred, $"{number}") is not null));
    }

    private static int Spend(RateLimitWindow window, int count)
    {
        var told = 0;
        for (var number = 0; number < count; number++)
        {
            Assert.True(window.TrySpend(s_hundred, out var toTell));
            told += toTell;
        }

        return told;
    }
}
