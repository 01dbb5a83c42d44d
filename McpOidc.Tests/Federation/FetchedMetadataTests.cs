using McpOidc.Federation;

namespace McpOidc.Tests.Federation;

public sealed class FetchedMetadataTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private readonly AdjustableClock _clock = new();
    private readonly FetchedMetadata<string> _metadata;
    private Func<Task<string>> _answer = () => Task.FromResult("first");
    private int _fetches;

    public FetchedMetadataTests() =>
        _metadata = new FetchedMetadata<string>(
            async _ =>
            {
                Interlocked.Increment(ref _fetches);
                return await _answer();
            },
            _clock
        );

    [Fact]
    public async Task Metadata_is_fetched_once_for_concurrent_callers_and_again_when_it_is_stale()
    {
        var answer = new TaskCompletionSource<string>();
        _answer = () => answer.Task;
        var asking = Enumerable.Range(0, 20).Select(_ => _metadata.GetAsync("https://idp.example", s_hour, default).AsTask()).ToList();
        answer.SetResult("first");
        Assert.All(await Task.WhenAll(asking), value => Assert.Equal("first", value));
        Assert.Equal(1, _fetches);
        _clock.Advance(s_hour);
        await _metadata.GetAsync("https://idp.example", s_hour, default);
        Assert.Equal(2, _fetches);
    }

    [Fact]
    public async Task Metadata_of_an_issuer_that_does_not_respond_is_requested_again_only_after_a_pause()
    {
        _answer = () => throw new IdentityProviderException();
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<IdentityProviderException>(() => _metadata.GetAsync("https://idp.example", s_hour, default).AsTask());
        }

        Assert.Equal(1, _fetches);
        _answer = () => Task.FromResult("first");
        Assert.Equal("first", await _metadata.GetAsync("https://other.example", s_hour, default));
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("first", await _metadata.GetAsync("https://idp.example", s_hour, default));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_makes_old_metadata_no_newer_and_a_pause_no_longer()
    {
        await _metadata.GetAsync("https://idp.example", s_hour, default);
        _clock.Advance(-s_hour);
        await _metadata.GetAsync("https://idp.example", s_hour, default);
        Assert.Equal(2, _fetches);

        _answer = () => throw new IdentityProviderException();
        await Assert.ThrowsAsync<IdentityProviderException>(() => _metadata.GetAsync("https://other.example", s_hour, default).AsTask());
        _clock.Advance(-s_hour);
        _answer = () => Task.FromResult("first");
        Assert.Equal("first", await _metadata.GetAsync("https://other.example", s_hour, default));
    }

    [Fact]
    public async Task Stale_metadata_is_used_while_the_issuer_does_not_respond()
    {
        await _metadata.GetAsync("https://idp.example", s_hour, default);
        _clock.Advance(s_hour);
        _answer = () => throw new IdentityProviderException();
        Assert.Equal("first", await _metadata.GetAsync("https://idp.example", s_hour, default));
        Assert.Equal("first", await _metadata.GetAsync("https://idp.example", s_hour, default));
        Assert.Equal(2, _fetches);
    }
}
