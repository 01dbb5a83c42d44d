using McpOidc.Tests.Hosting;
using McpOidc.Tests.Journeys;
using McpOidc.Tests.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Interop;

/// <summary>mcp-remote goes the whole way with one sign-in.</summary>
public sealed class McpRemoteTests(RedisServerFixture redis) : IClassFixture<RedisServerFixture>
{
    [NodeTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_client_works_with_a_SQLite_file(bool standalone)
    {
        using var store = TestStore.Sqlite();
        await JourneyAsync(standalone, store);
    }

    [NodeAndRedisTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_client_works_with_Redis(bool standalone)
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await JourneyAsync(standalone, store);
    }

    // It sends at every refresh what it sent to /authorize, and that leaves out what nobody knows.
    [NodeTheory]
    [InlineData("openid offline_access custom:x")]
    [InlineData("openid other:read")]
    public async Task The_client_keeps_refreshing_with_a_configured_scope_that_this_server_does_not_have(string scope)
    {
        using var store = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(
            options =>
            {
                options.Standalone = true;
                options.Set("McpOidc:Resources:1:Uri", "https://other.example/mcp");
                options.Set("McpOidc:Resources:1:Scopes:0", "other:read");
            },
            store
        );
        await Journey.RunAsync(
            system,
            resource => McpRemoteClient.ConnectAsync(resource, ["--static-oauth-client-metadata", $$"""{"scope":"{{scope}}"}"""])
        );
    }

    // It answers a 403 with a refresh, as the SDK does that it is built of.
    [NodeFact]
    public async Task The_client_gets_all_scopes_at_once_because_it_does_not_ask_again()
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>()
        );
        await using var client = await McpRemoteClient.ConnectAsync(system.Resource);
        Assert.Equal("written", await client.CallAsync("write_file"));
        Assert.Equal(1, client.SignIns);
    }

    private static async Task JourneyAsync(bool standalone, TestStore store)
    {
        await using var system = await TestSystem.StartAsync(options => options.Standalone = standalone, store);
        await Journey.RunAsync(system, McpRemoteClient.ConnectAsync);
    }
}
