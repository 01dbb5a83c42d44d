using McpOidc.Tests.Hosting;
using McpOidc.Tests.Journeys;
using McpOidc.Tests.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Interop;

/// <summary>The official TypeScript MCP clients, 1 (<c>@modelcontextprotocol/sdk</c>) and 2 (<c>@modelcontextprotocol/client</c>), complete
/// the whole journey with one sign-in.</summary>
public sealed class TypeScriptSdkTests(RedisServerFixture redis) : IClassFixture<RedisServerFixture>
{
    [NodeTheory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task The_client_works_with_a_SQLite_file(int version, bool standalone)
    {
        using var store = TestStore.Sqlite();
        await JourneyAsync(version, standalone, store);
    }

    [NodeAndRedisTheory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task The_client_works_with_Redis(int version, bool standalone)
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await JourneyAsync(version, standalone, store);
    }

    // It registers with all scopes that the resource names: cloudflare/mcp#12, open-webui#25978.
    [NodeTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_client_signs_in_at_a_server_with_thirty_scopes(int version)
    {
        using var store = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(
            options =>
            {
                for (var i = 0; i < 30; i++)
                {
                    options.Set($"McpOidc:ResourceServer:Scopes:{i}", $"https://api.example/scope/{i}");
                }
            },
            store
        );
        await Journey.RunAsync(system, resource => TypeScriptSdkClient.ConnectAsync(resource, version));
    }

    [NodeFact]
    public async Task Version_2_asks_the_person_again_when_a_tool_needs_more_scopes()
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>()
        );
        await using var client = await TypeScriptSdkClient.ConnectAsync(system.Resource, version: 2);
        Assert.Equal("open", await client.CallAsync("open_tool"));
        Assert.Equal(1, client.SignIns);
        Assert.Equal("written", await client.CallAsync("write_file"));
        Assert.Equal(2, client.SignIns);
    }

    // Version 1 responds to a 403 with a refresh, which grants no new scope.
    [NodeTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Version_1_fails_unless_it_gets_all_scopes_at_once(bool named)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>();
            options.Set("McpOidc:Registration:AskForAllScopesAtOnce:0", named ? "TypeScript SDK" : "another");
        });
        await using var client = await TypeScriptSdkClient.ConnectAsync(system.Resource, version: 1);
        Assert.Equal("open", await client.CallAsync("open_tool"));
        if (named)
        {
            Assert.Equal("written", await client.CallAsync("write_file"));
        }
        else
        {
            await Assert.ThrowsAnyAsync<Exception>(() => client.CallAsync("write_file"));
        }

        Assert.Equal(1, client.SignIns);
    }

    private static async Task JourneyAsync(int version, bool standalone, TestStore store)
    {
        await using var system = await TestSystem.StartAsync(options => options.Standalone = standalone, store);
        await Journey.RunAsync(system, resource => TypeScriptSdkClient.ConnectAsync(resource, version));
    }
}
