namespace McpOidc.Tests.Revocation;

/// <summary>How a process follows the log of ended grants: when it reads, and what it still believes.</summary>
public sealed class RevocationFeedTests : IDisposable
{
    private const int LogAway = 1602;
    private const int LogDeaf = 2984;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly FollowedLog _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task The_log_is_followed_for_less_than_one_and_a_half_seconds_after_a_read()
    {
        Assert.False(_world.Feed.IsFollowed);
        Assert.True(await CatchUpAsync());
        _world.RealTime.Passed += TimeSpan.FromMilliseconds(1499);
        Assert.True(await CatchUpAsync());
        Assert.Equal(1, _world.Store.Reads);
        _world.RealTime.Passed += TimeSpan.FromMilliseconds(1);
        Assert.False(_world.Feed.IsFollowed);
        Assert.True(await CatchUpAsync());
        Assert.Equal(2, _world.Store.Reads);
    }

    [Fact]
    public async Task A_signal_makes_the_log_unfollowed_until_a_read_that_began_after_it()
    {
        await _world.Feed.StartAsync(CancellationToken.None);
        await FollowedAsync();
        _world.Store.Hold();
        _world.Store.Signal!();
        await _world.Store.ReadsAsync(2);
        Assert.False(_world.Feed.IsFollowed);
        // It arrives during a read, whose result may be older.
        _world.Store.Signal();
        _world.Store.Release();
        await _world.Store.ReadsAsync(3);
        await FollowedAsync();
        await _world.Feed.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Any_number_of_signals_during_a_read_leads_to_one_further_read()
    {
        await _world.Feed.StartAsync(CancellationToken.None);
        await FollowedAsync();
        _world.Store.Hold();
        _world.Store.Signal!();
        await _world.Store.ReadsAsync(2);
        for (var signal = 0; signal < 5; signal++)
        {
            _world.Store.Signal();
        }

        _world.Store.Release();
        await _world.Store.ReadsAsync(3);
        await FollowedAsync();
        await _world.Feed.StopAsync(CancellationToken.None);
        Assert.Equal(3, _world.Store.Reads);
    }

    [Fact]
    public async Task A_log_that_could_not_be_read_is_read_again_soon()
    {
        _world.Store.IsAway = true;
        await _world.Feed.StartAsync(CancellationToken.None);
        await _world.Store.ReadsAsync(2);
        await _world.Feed.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Callers_that_arrive_during_a_read_share_its_result()
    {
        _world.Store.Hold();
        var callers = Enumerable.Range(0, 3).Select(_ => CatchUpAsync()).ToArray();
        _world.Store.Release();
        Assert.All(await Task.WhenAll(callers), Assert.True);
        Assert.Equal(1, _world.Store.Reads);
    }

    [Fact]
    public async Task Callers_that_arrive_during_a_read_that_fails_do_not_read_again()
    {
        (_world.Store.IsAway, var callers) = (true, new List<Task<bool>>());
        _world.Store.Hold();
        callers.AddRange(Enumerable.Range(0, 3).Select(_ => CatchUpAsync()));
        _world.Store.Release();
        Assert.All(await Task.WhenAll(callers), Assert.False);
        Assert.Equal(1, _world.Store.Reads);
    }

    [Fact]
    public async Task Callers_do_not_wait_for_a_store_that_did_not_respond_within_the_last_second()
    {
        _world.Store.IsAway = true;
        Assert.False(await CatchUpAsync());
        _world.RealTime.Passed += TimeSpan.FromSeconds(1);
        _world.Store.Hold();
        var first = CatchUpAsync();
        Assert.Equal(2, _world.Store.Reads);
        _world.RealTime.Passed -= TimeSpan.FromMilliseconds(1);
        var second = CatchUpAsync();
        Assert.True(second.IsCompleted);
        Assert.False(await second);
        _world.Store.Release();
        Assert.False(await first);
    }

    [Fact]
    public async Task A_caller_does_not_wait_for_a_read_in_progress_while_the_log_is_followed()
    {
        _world.Store.Hold();
        var first = CatchUpAsync();
        _world.Store.Release();
        await first;
        _world.RealTime.Passed += TimeSpan.FromSeconds(2);
        _world.Store.Hold();
        var reading = CatchUpAsync();
        _world.RealTime.Passed -= TimeSpan.FromSeconds(1);
        Assert.True(CatchUpAsync().IsCompleted);
        _world.Store.Release();
        await reading;
    }

    [Fact]
    public async Task Each_outage_is_logged_once()
    {
        for (var outage = 1; outage <= 2; outage++)
        {
            _world.Store.IsAway = true;
            Assert.False(await _world.ReadLaterAsync());
            Assert.Equal(outage, _world.Told(LogAway));
            Assert.False(await _world.ReadLaterAsync());
            Assert.Equal(outage, _world.Told(LogAway));
            _world.Store.IsAway = false;
            Assert.True(await _world.ReadLaterAsync());
        }
    }

    [Fact]
    public async Task Signals_that_cannot_be_received_are_logged_once()
    {
        _world.Store.IsDeaf = true;
        using var feed = _world.Create(TimeSpan.FromMilliseconds(1));
        await feed.StartAsync(CancellationToken.None);
        await _world.Store.ReadsAsync(4);
        await feed.StopAsync(CancellationToken.None);
        Assert.Equal(1, _world.Told(LogDeaf));
    }

    [Fact]
    public async Task A_session_is_valid_until_the_log_names_it_and_one_looked_up_afterwards_is_valid_again()
    {
        await _world.EndAsync("earlier");
        await _world.ReadLaterAsync();
        var before = _world.Feed.Place;
        Assert.True(_world.Feed.Holds("a", before));
        await _world.EndAsync("a");
        await _world.ReadLaterAsync();
        Assert.False(_world.Feed.Holds("a", before));
        Assert.True(_world.Feed.Holds("b", before));
        Assert.True(_world.Feed.Holds("a", _world.Feed.Place));
        Assert.True(_world.Feed.Place > before);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_that_finds_nothing_new_keeps_every_result(bool hasLog)
    {
        if (hasLog)
        {
            await _world.EndAsync("a");
        }

        await _world.ReadLaterAsync();
        var place = _world.Feed.Place;
        await _world.ReadLaterAsync();
        await _world.ReadLaterAsync();
        Assert.Equal(place, _world.Feed.Place);
        Assert.True(_world.Feed.Holds("a", place));
    }

    // The maximum of this feed is two.
    [Fact]
    public async Task Only_beyond_its_maximum_of_ended_grants_a_feed_forgets_them_and_every_earlier_result()
    {
        await _world.EndAsync("start");
        await _world.ReadLaterAsync();
        var place = _world.Feed.Place;
        await _world.EndAsync("a", "b");
        await _world.ReadLaterAsync();
        await _world.EndAsync("c");
        await _world.ReadLaterAsync();
        Assert.True(_world.Feed.Holds("other", place));

        await _world.EndAsync("d");
        await _world.ReadLaterAsync();
        Assert.False(_world.Feed.Holds("other", place));
        place = _world.Feed.Place;
        Assert.True(_world.Feed.Holds("other", place));
        await _world.EndAsync("e");
        await _world.ReadLaterAsync();
        Assert.True(_world.Feed.Holds("other", place));
    }

    [Fact]
    public async Task Keys_are_reported_as_changed_when_their_number_in_the_log_changes_and_not_at_the_first_read()
    {
        var changes = 0;
        _world.Feed.KeysChanged += () => changes++;
        await _world.ChangeAsync(log => log with { KeyRing = 7 });
        await _world.ReadLaterAsync();
        await _world.ReadLaterAsync();
        Assert.Equal(0, changes);
        await _world.ChangeAsync(log => log with { KeyRing = 8 });
        await _world.ReadLaterAsync();
        await _world.ReadLaterAsync();
        Assert.Equal(1, changes);
    }

    [Fact]
    public async Task The_last_moment_of_following_is_when_the_last_successful_read_began()
    {
        await _world.ReadLaterAsync();
        var followed = _world.Feed.LastFollowed;
        _world.Clock.Advance(TimeSpan.FromMinutes(1));
        _world.Store.IsAway = true;
        await _world.ReadLaterAsync();
        Assert.Equal(followed, _world.Feed.LastFollowed);
        _world.Store.IsAway = false;
        await _world.ReadLaterAsync();
        Assert.InRange(_world.Feed.LastFollowed - followed, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
    }

    // As if the host could not start: it then stops nothing.
    [Fact]
    public async Task A_disposed_feed_ends_even_if_it_was_not_stopped()
    {
        await _world.Feed.StartAsync(CancellationToken.None);
        await FollowedAsync();
        _world.Feed.Dispose();
        await _world.Feed.ExecuteTask!.WaitAsync(s_patience);
    }

    private Task<bool> CatchUpAsync() => _world.Feed.CatchUpAsync(CancellationToken.None).AsTask();

    private async Task FollowedAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!_world.Feed.IsFollowed)
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }
}
