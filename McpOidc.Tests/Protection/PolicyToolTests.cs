using System.ComponentModel;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Protection;

/// <summary>Application policies on tools, enforced by the MCP SDK's authorization filters.</summary>
public sealed class PolicyToolTests
{
    [Theory]
    [InlineData("openid files:read", "open_note,read_note")]
    [InlineData("openid files:write", "open_note,read_note,write_note")]
    [InlineData("openid", "open_note")]
    public async Task A_tool_with_a_policy_is_listed_and_runs_for_a_token_whose_scopes_include_those_of_the_policy(
        string scopes,
        string expected
    )
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:ResourceServer:ScopeHierarchy:0", "files:write > files:read");
            options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
            options.Mcp = builder =>
            {
                builder
                    .Services.AddAuthorizationBuilder()
                    .AddPolicy("read", policy => policy.RequireScope("files:read"))
                    .AddPolicy("write", policy => policy.RequireScope("files:write"));
                builder.Services.AddMcpServer().WithTools<NoteTools>().AddAuthorizationFilters();
            };
        });
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", scopes)));
        await using var transport = new HttpClientTransport(
            new HttpClientTransportOptions
            {
                Endpoint = new Uri(system.Resource),
                AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = "Bearer " + tokens.AccessToken },
            }
        );
        await using var sdk = await McpClient.CreateAsync(transport);
        var listed = (await sdk.ListToolsAsync()).Select(tool => tool.Name).Where(name => name.EndsWith("_note", StringComparison.Ordinal));
        Assert.Equal(expected.Split(','), listed.Order(StringComparer.Ordinal));
        foreach (var name in expected.Split(','))
        {
            Assert.NotEqual(true, (await sdk.CallToolAsync(name)).IsError);
        }
    }

    [McpServerToolType]
    private sealed class NoteTools
    {
        [McpServerTool(Name = "open_note"), Description("Needs nothing.")]
        public static string Open() => "open";

        [McpServerTool(Name = "read_note"), Authorize(Policy = "read"), Description("Reads.")]
        public static string Read() => "read";

        [McpServerTool(Name = "write_note"), Authorize(Policy = "write"), Description("Writes.")]
        public static string Write() => "written";
    }
}
