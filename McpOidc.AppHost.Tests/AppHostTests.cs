using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace McpOidc.AppHost.Tests;

/// <summary>Starts the whole system as the AppHost describes it. Needs a container engine: Redis and Keycloak are containers.</summary>
public sealed class AppHostTests
{
    // Without a container engine whatever waits for a container waits for ever, and nothing is logged as an error.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task The_mcp_server_names_the_auth_server_of_the_AppHost()
    {
        using var timeout = new CancellationTokenSource(s_patience);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.McpOidc_AppHost>([], timeout.Token);
        await using var app = await builder.BuildAsync(timeout.Token);
        await app.StartAsync(timeout.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("auth", timeout.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("mcp", timeout.Token);

        using var http = app.CreateHttpClient("mcp", "http");
        var metadata = await http.GetFromJsonAsync<JsonObject>("/.well-known/oauth-protected-resource", timeout.Token);

        var authServer = Assert.Single(metadata!["authorization_servers"]!.AsArray())!.GetValue<string>();
        Assert.Equal(app.GetEndpoint("auth", "http").GetLeftPart(UriPartial.Authority), authServer);
    }
}
