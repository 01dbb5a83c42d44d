using McpOidc.Tests.Hosting;
using McpOidc.Tests.Journeys;

namespace McpOidc.Tests.Interop;

/// <summary>The official TypeScript MCP client goes the whole way with one sign-in.</summary>
public sealed class TypeScriptSdkTests(RedisServerFixture redis) : IClassFixture<RedisServerFixture>
{
    [NodeTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_works_on_a_SQLite_file(bool standalone)
    {
        using var store = TestStore.Sqlite();
        await JourneyAsync(standalone, store);
    }

    [NodeAndRedisTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_works_on_Redis(bool standalone)
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await JourneyAsync(standalone, store);
    }

    private static async Task JourneyAsync(bool standalone, TestStore store)
    {
        await using var system = await TestSystem.StartAsync(options => options.Standalone = standalone, store);
        await Journey.RunAsync(system, TypeScriptSdkClient.ConnectAsync);
    }
}
