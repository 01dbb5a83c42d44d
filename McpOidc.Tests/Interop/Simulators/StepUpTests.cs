using System.Text;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>Step-up of clients that cannot run here, as recorded: they request the scopes of the challenge together with those requested
/// before.</summary>
public sealed class StepUpTests
{
    [Theory]
    [InlineData("Python mcp 1.30.0", "openid email profile", null)]
    [InlineData("Python mcp 2.3.0", "openid email profile offline_access", "consent")]
    [InlineData("go-sdk 1.8.0", "offline_access openid email profile", null)]
    [InlineData("mcp-go 1.2.1", null, null)]
    public async Task The_client_asks_the_person_again_when_a_tool_needs_more_scopes(string name, string? scope, string? prompt)
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>()
        );
        using var client = system.CreateClient();
        using var browser = new Browser();
        var registration = OAuthClient.Metadata(client.RedirectUri);
        registration["client_name"] = name;
        await client.RegisterAsync(registration);
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", scope), ("prompt", prompt)));
        using var refused = await CallAsync(client, tokens.AccessToken);
        Assert.Equal(403, (int)refused.StatusCode);

        var needed = refused.Headers.WwwAuthenticate.ToString().Split("scope=\"")[1].Split('"')[0];
        var wider = string.Join(' ', (scope ?? "").Split(' ').Union(needed.Split(' '))).Trim();
        tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", wider), ("prompt", prompt)));
        Assert.Equal(2, browser.ConsentPages());
        using var called = await CallAsync(client, tokens.AccessToken);
        Assert.Contains("written", await called.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var afterRefresh = await CallAsync(client, (await client.RefreshAsync(tokens.RefreshToken)).AccessToken);
        Assert.Equal(200, (int)afterRefresh.StatusCode);
    }

    private static async Task<HttpResponseMessage> CallAsync(OAuthClient client, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, client.Resource)
        {
            Content = new StringContent(
                """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write_file","arguments":{}}}""",
                Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = new("Bearer", token);
        return await client.Http.SendAsync(request);
    }
}
