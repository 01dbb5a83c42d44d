using McpOidc.Tests.Hosting;

namespace McpOidc.AppHost.Tests;

/// <summary>The whole system as the AppHost starts it: a user with a browser, the official MCP client, and an operator.</summary>
[Collection(AppHostCollection.Name)]
public sealed class SystemTests
{
    private static readonly string[] s_executable = ["--Redis=executable", "--IdentityProvider=demo"];

    [Fact]
    public async Task A_person_signs_in_and_tools_respond_without_Redis()
    {
        await using var system = await RunningSystem.StartAsync(["--Redis=none", "--IdentityProvider=demo"]);
        await using var client = await SystemCheck.SignInAsync(system);
    }

    [RedisFact]
    public async Task With_a_Redis_executable_a_person_signs_in_tools_respond_and_every_command_works_as_described()
    {
        await using var system = await RunningSystem.StartAsync(s_executable);
        await SystemCheck.RunAsync(system);
    }

    [KeycloakFact]
    public async Task A_person_signs_in_at_Keycloak_and_tools_respond()
    {
        await using var system = await RunningSystem.StartAsync(["--Redis=container", "--IdentityProvider=keycloak"]);
        await using var client = await SystemCheck.SignInAsync(system);
        Assert.Contains(client.Browser.Visited, url => url.Contains("/realms/mcp/", StringComparison.Ordinal));
    }

    [ContainersFact]
    public async Task A_client_continues_without_a_browser_after_a_restart_of_the_Redis_container()
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
