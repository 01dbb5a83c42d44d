using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace McpOidc.AppHost.Tests;

/// <summary>The distributed application as a whole. Needs a container runtime.</summary>
public sealed class AppHostTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Everything_is_healthy_and_the_MCP_server_names_the_auth_server()
    {
        using var deadline = new CancellationTokenSource(s_patience);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.McpOidc_AppHost>([], deadline.Token);
        await using var app = await builder.BuildAsync(deadline.Token);
        await app.StartAsync(deadline.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("auth", deadline.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("mcp", deadline.Token);

        using var mcp = app.CreateHttpClient("mcp", "http");
        var metadata = await mcp.GetFromJsonAsync<JsonObject>("/.well-known/oauth-protected-resource/mcp", deadline.Token);
        using var auth = app.CreateHttpClient("auth", "http");
        var server = await auth.GetFromJsonAsync<JsonObject>("/.well-known/oauth-authorization-server", deadline.Token);
        Assert.Equal(server!["issuer"]!.GetValue<string>(), metadata!["authorization_servers"]![0]!.GetValue<string>());

        using var refused = await mcp.PostAsJsonAsync("/mcp", new { }, deadline.Token);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }
}
