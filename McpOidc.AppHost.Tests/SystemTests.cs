using McpOidc.Tests.Hosting;

namespace McpOidc.AppHost.Tests;

/// <summary>The whole system as the AppHost starts it: a person with a browser, the official MCP client, and an operator.</summary>
[Collection(AppHostCollection.Name)]
public sealed class SystemTests
{
    private static readonly string[] s_executable = ["--Redis=executable", "--IdentityProvider=demo"];

    [Fact]
    public async Task Without_Redis_a_person_signs_in_and_tools_answer()
    {
        await using var system = await RunningSystem.StartAsync(["--Redis=none", "--IdentityProvider=demo"]);
        await using var client = await SystemCheck.SignInAsync(system);
    }

    [RedisFact]
    public async Task With_Redis_as_an_executable_a_person_signs_in_tools_answer_and_every_command_does_what_it_says()
    {
        await using var system = await RunningSystem.StartAsync(s_executable);
        await SystemCheck.RunAsync(system);
    }

    [KeycloakFact]
    public async Task A_person_signs_in_at_Keycloak_and_tools_answer()
    {
        await using var system = await RunningSystem.StartAsync(["--Redis=container", "--IdentityProvider=keycloak"]);
        await using var client = await SystemCheck.SignInAsync(system);
        Assert.Contains(client.Browser.Visited, url => url.Contains("/realms/mcp/", StringComparison.Ordinal));
    }

    [ContainersFact]
    public async Task A_client_goes_on_without_a_browser_after_Redis_in_a_container_was_restarted()
    {
        await using var system = await RunningSystem.StartAsync(["--Redis=container", "--IdentityProvider=demo"]);
        await using var client = await SystemCheck.SignInAsync(system);
        using var installation = await SystemCheck.InstallAsync(system);
        await system.RestartAsync("redis");
        await installation.RefreshAsync();
        await SystemCheck.CallToolsAsync(client);
        Assert.Equal(1, client.SignIns);
    }
}
