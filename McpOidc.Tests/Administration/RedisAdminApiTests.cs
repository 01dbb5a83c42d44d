using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Administration;

/// <summary>The same on Redis.</summary>
[RequiresRedis]
public sealed class RedisAdminApiTests(RedisServerFixture fixture) : AdminApiTests, IClassFixture<RedisServerFixture>
{
    protected override async Task<TestStore> CreateStoreAsync() => TestStore.Redis(await fixture.ServerAsync());
}
