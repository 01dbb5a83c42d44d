using McpOidc.Tests.Hosting;
using McpOidc.Tests.Journeys;
using McpOidc.Tests.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Interop;

/// <summary>mcp-remote completes the whole journey with one sign-in.</summary>
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

    // At every refresh it sends the same scopes as to /authorize, which ignores unknown ones.
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

    // It responds to a 403 with a refresh, like the SDK that it is built on.
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
