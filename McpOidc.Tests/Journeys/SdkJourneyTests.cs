using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Journeys;

/// <summary>The official C# MCP client: discover, register, sign in, consent, call tools, refresh, and continue after all processes
/// restart.</summary>
public sealed class SdkJourneyTests(RedisServerFixture redis) : IClassFixture<RedisServerFixture>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_client_works_with_a_SQLite_file(bool standalone)
    {
        using var store = TestStore.Sqlite();
        await JourneyAsync(standalone, store);
    }

    [RedisTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_client_works_with_Redis(bool standalone)
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await JourneyAsync(standalone, store);
    }

    private static async Task JourneyAsync(bool standalone, TestStore store)
    {
        await using var system = await TestSystem.StartAsync(options => options.Standalone = standalone, store);
        await Journey.RunAsync(system, async resource => await SdkClient.ConnectAsync(resource));
    }
}
