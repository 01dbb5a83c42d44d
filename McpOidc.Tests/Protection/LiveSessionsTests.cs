using McpOidc.Configuration;
using McpOidc.Protection;
using McpOidc.Storage;
using McpOidc.Tests.Revocation;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Protection;

/// <summary>When an MCP server believes what it knows about a sign-in, and when it reads the store.</summary>
public sealed class LiveSessionsTests : IAsyncLifetime
{
    private const string Id = "a";
    private readonly FollowedLog _world = new();
    private readonly ResourceServerOptions _options = new();
    private LiveSessions _sessions = null!;

    public async Task InitializeAsync()
    {
        _sessions = new LiveSessions(_world.Records, _world.Feed, _world.Unstored, Options.Create(_options), _world.Clock);
        await WriteAsync(revokedAt: null);
        await _world.EndAsync("earlier");
    }

    public Task DisposeAsync()
    {
        _sessions.Dispose();
        _world.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_known_sign_in_is_looked_up_again_after_the_cache_lifetime()
    {
        Assert.True(await IsLiveAsync());
        await WriteAsync(revokedAt: _world.Clock.GetUtcNow());
        _world.Clock.Advance(_options.GrantCacheLifetime - TimeSpan.FromSeconds(5));
        Assert.True(await IsLiveAsync());
        // Also if the log was read for this very request.
        _world.RealTime.Passed += TimeSpan.FromSeconds(2);
        Assert.True(await IsLiveAsync());
        _world.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.False(await IsLiveAsync());
    }

    [Fact]
    public async Task A_sign_in_beyond_the_cache_lifetime_is_looked_up_again_also_if_the_log_was_read_for_this_request()
    {
        Assert.True(await IsLiveAsync());
        await WriteAsync(revokedAt: _world.Clock.GetUtcNow());
        _world.Clock.Advance(_options.GrantCacheLifetime + TimeSpan.FromSeconds(1));
        _world.RealTime.Passed += TimeSpan.FromSeconds(2);
        Assert.False(await IsLiveAsync());
    }

    [Fact]
    public async Task A_request_reads_the_log_first_if_it_is_not_followed()
    {
        Assert.True(await IsLiveAsync());
        await WriteAsync(revokedAt: _world.Clock.GetUtcNow());
        await _world.EndAsync(Id);
        _world.RealTime.Passed += TimeSpan.FromSeconds(2);
        Assert.False(await IsLiveAsync());
    }

    [Fact]
    public async Task A_sign_in_that_ended_during_its_look_up_is_looked_up_again()
    {
        Assert.True(await _world.ReadLaterAsync());
        _world.Store.Hold();
        var looking = IsLiveAsync();
        // Past the held read, as by another process.
        await _world.Store.RemoveAsync(StoreKeys.Grant.Key(Id));
        _world.Store.Release();
        Assert.True(await looking);
        await _world.EndAsync(Id);
        await _world.ReadLaterAsync();
        Assert.False(await IsLiveAsync());
    }

    [Fact]
    public async Task A_sign_in_of_another_person_is_not_live_and_neither_is_an_unknown_one()
    {
        Assert.False(await _sessions.IsLiveAsync(Id, "bob", CancellationToken.None));
        Assert.False(await _sessions.IsLiveAsync(Id, "bob", CancellationToken.None));
        Assert.True(await IsLiveAsync());
        Assert.False(await _sessions.IsLiveAsync("unknown", "alice", CancellationToken.None));
    }

    [Fact]
    public async Task A_sign_in_that_ended_while_the_store_was_full_is_not_live()
    {
        Assert.True(await IsLiveAsync());
        await _world.Unstored.TellAsync(Id);
        Assert.False(await IsLiveAsync());
    }

    // 60 seconds, longer than the cache lifetime.
    [Fact]
    public async Task Without_the_store_a_known_sign_in_is_live_for_the_stated_time_and_one_of_another_person_is_not()
    {
        Assert.True(await IsLiveAsync());
        _world.Store.IsAway = true;
        foreach (var (seconds, expected) in new (int, bool?)[] { (45, true), (10, true), (6, null) })
        {
            _world.Clock.Advance(TimeSpan.FromSeconds(seconds));
            _world.RealTime.Passed += TimeSpan.FromSeconds(seconds);
            Assert.Equal(expected, await IsLiveAsync());
            Assert.Equal(expected is null ? null : false, await _sessions.IsLiveAsync(Id, "bob", CancellationToken.None));
            Assert.Null(await _sessions.IsLiveAsync("unseen", "alice", CancellationToken.None));
        }
    }

    [Fact]
    public async Task The_stated_time_is_counted_from_the_last_read_of_the_log()
    {
        Assert.True(await IsLiveAsync());
        _world.Clock.Advance(TimeSpan.FromSeconds(50));
        Assert.True(await _world.ReadLaterAsync());
        _world.Store.IsAway = true;
        _world.Clock.Advance(TimeSpan.FromSeconds(50));
        _world.RealTime.Passed += TimeSpan.FromSeconds(50);
        Assert.True(await IsLiveAsync());
    }

    [Fact]
    public async Task The_stated_time_is_counted_from_the_look_up_if_that_is_later()
    {
        await _world.ReadLaterAsync();
        _world.Clock.Advance(TimeSpan.FromSeconds(50));
        Assert.True(await IsLiveAsync());
        _world.Store.IsAway = true;
        _world.Clock.Advance(TimeSpan.FromSeconds(50));
        _world.RealTime.Passed += TimeSpan.FromSeconds(50);
        Assert.True(await IsLiveAsync());
    }

    private async Task<bool?> IsLiveAsync() => await _sessions.IsLiveAsync(Id, "alice", CancellationToken.None);

    private async Task WriteAsync(DateTimeOffset? revokedAt) =>
        await _world.Records.ChangeAsync(StoreKeys.Grant, Id, _ => Grant(revokedAt), CancellationToken.None);

    private GrantRecord Grant(DateTimeOffset? revokedAt) =>
        new()
        {
            Id = Id,
            Subject = "alice",
            ClientId = "client",
            Provider = "provider",
            Scopes = [],
            Resource = "https://mcp.example/mcp",
            RedirectUri = "https://client.example/callback",
            CreatedAt = _world.Clock.GetUtcNow(),
            AuthenticatedAt = _world.Clock.GetUtcNow(),
            ExpiresAt = _world.Clock.GetUtcNow().AddDays(1),
            RevokedAt = revokedAt,
        };
}
