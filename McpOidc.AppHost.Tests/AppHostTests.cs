using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace McpOidc.AppHost.Tests;

/// <summary>The whole system as the AppHost describes it. The ports are fixed, so one test at a time.</summary>
[Collection("AppHost")]
public sealed class AppHostTests : IDisposable
{
    private static readonly string[] s_all = ["redis", "keycloak", "auth", "mcp"];
    private static readonly string[] s_withoutContainers = ["idp", "auth", "mcp"];
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(6));

    public void Dispose() => _limit.Dispose();

    [ContainersFact]
    public async Task Everything_is_healthy_and_the_MCP_server_names_the_auth_server()
    {
        await using var app = await RunningSystem.StartAsync(s_all, [], _limit.Token);
        using var http = app.CreateHttpClient("mcp", "http");
        var metadata = await http.GetFromJsonAsync<JsonObject>("/.well-known/oauth-protected-resource", _limit.Token);
        Assert.Equal(app.GetEndpoint("auth", "http").GetLeftPart(UriPartial.Authority), Assert.Single(metadata!["authorization_servers"]!.AsArray())!.GetValue<string>());
    }

    [ContainersFact]
    public async Task A_person_signs_in_at_Keycloak_and_tools_answer()
    {
        await using var app = await RunningSystem.StartAsync(s_all, [], _limit.Token);
        using var client = new JourneyClient(app.Resource());
        await JourneyAsync(client);
        Assert.Contains(client.Pages, page => page.Contains("/realms/mcp/", StringComparison.Ordinal));
    }

    [ContainersFact]
    public async Task A_client_that_is_signed_in_goes_on_after_Redis_was_restarted()
    {
        await using var app = await RunningSystem.StartAsync(s_all, [], _limit.Token);
        using var client = new JourneyClient(app.Resource());
        await JourneyAsync(client);
        var restarted = await app.ResourceCommands.ExecuteCommandAsync("redis", KnownResourceCommands.RestartCommand, _limit.Token);
        Assert.True(restarted.Success);
        foreach (var resource in s_all)
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(resource, _limit.Token);
        }

        await client.RefreshAsync(_limit.Token);
        Assert.Contains("alice", await client.CallAsync("upstream_profile", _limit.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_containers_the_same_journey_goes_through_the_demo_identity_provider()
    {
        await using var app = await RunningSystem.StartAsync(s_withoutContainers, ["--Containers=false"], _limit.Token);
        using var client = new JourneyClient(app.Resource());
        await JourneyAsync(client);
        Assert.Contains(client.Pages, page => page.StartsWith("http://localhost:4002/", StringComparison.Ordinal));
    }

    private async Task JourneyAsync(JourneyClient client)
    {
        await client.SignInAsync("alice", _limit.Token);
        Assert.Contains("alice@example.com", await client.CallAsync("upstream_profile", _limit.Token), StringComparison.Ordinal);
        await client.RefreshAsync(_limit.Token);
        Assert.Contains("alice@example.com", await client.CallAsync("upstream_profile", _limit.Token), StringComparison.Ordinal);
    }
}
