using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Revocation;

[RequiresRedis]
public sealed class RedisRevocationPushTests(RedisServerFixture fixture) : RevocationPushTests, IClassFixture<RedisServerFixture>
{
    protected override async Task<TestStore> CreateStoreAsync() => TestStore.Redis(await fixture.ServerAsync());

    [RedisFact]
    public async Task Cached_sessions_end_when_the_store_loses_all_its_data()
    {
        await using var redis = await RedisServer.StartAsync();
        using var store = TestStore.Redis(redis);
        await using var signedIn = await SignedInSystem.StartAsync(options => options.Standalone = true, store);
        // The log already exists: another user has signed out.
        var (other, tokens) = await signedIn.SignInAgainAsync();
        using var _ = other;
        await other.PostAsync("/token/revocation", [("token", tokens.RefreshToken!)]);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        await (await redis.ConnectionAsync()).GetDatabase().ExecuteAsync("FLUSHALL");
        await AssertRefusedWithinAsync(signedIn, signedIn.Tokens.AccessToken);
    }
}
