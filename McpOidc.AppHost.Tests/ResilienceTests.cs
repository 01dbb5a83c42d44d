using Aspire.Hosting.ApplicationModel;
using McpOidc.Tests.Hosting;

namespace McpOidc.AppHost.Tests;

/// <summary>Restarts, stops or duplicates parts while a client keeps working.</summary>
[Collection(AppHostCollection.Name)]
public sealed class ResilienceTests
{
    private static readonly string[] s_executable = ["--Redis=executable", "--IdentityProvider=demo"];
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [RedisFact]
    public async Task A_client_under_load_continues_without_a_browser_while_each_component_is_restarted()
    {
        await using var system = await RunningSystem.StartAsync(s_executable);
        await using var client = await SystemCheck.SignInAsync(system);
        using var installation = await SystemCheck.InstallAsync(system);
        foreach (var part in new[] { "auth", "mcp", "redis" })
        {
            await using var load = Load.Start(() => client.CallAsync("whoami"));
            await system.RestartAsync(part);
            await installation.RefreshAsync();
            await load.SucceedsAsync(s_patience);
        }

        await SystemCheck.CallToolsAsync(client);
        Assert.Equal(1, client.SignIns);

        // The demo identity provider loses its sessions on restart: users have to sign in again.
        await system.RestartAsync("idp");
        Assert.Contains("alice", await client.CallAsync("whoami"), StringComparison.Ordinal);
        await using var other = await SystemCheck.SignInAsync(system);
    }

    [RedisFact]
    public async Task Two_authorization_servers_behind_one_issuer_share_state_and_one_keeps_working_without_the_other()
    {
        await using var system = await RunningSystem.StartAsync(s_executable, Changes.TwoAuthServers);
        var installations = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => SystemCheck.InstallAsync(system)));
        var instances = await system.InstancesAsync("auth", 2);
        await Task.WhenAll(installations.Select(installation => installation.RefreshAsync()));
        await system.ExecuteAsync(instances.Keys.First(), KnownResourceCommands.StopCommand);
        await Task.WhenAll(installations.Select(installation => installation.RefreshAsync()));
        await using var client = await SystemCheck.SignInAsync(system);
        Array.ForEach(installations, installation => installation.Dispose());
    }

    [SignalsFact]
    public async Task A_tool_call_running_when_the_MCP_server_is_stopped_gets_its_response()
    {
        await using var system = await RunningSystem.StartAsync(s_executable);
        await using var client = await SystemCheck.SignInAsync(system);
        var idp = (await system.InstancesAsync("idp")).Values.Single();
        Task<string> call;
        Task stop;
        using (new PausedProcess(idp))
        {
            call = client.CallAsync("upstream_profile");
            await Until.TrueAsync(() => Sockets.HasUnreadBytes(system.Port("idp")));
            stop = system.ExecuteAsync("mcp", KnownResourceCommands.StopCommand);
            await Until.TrueAsync(() => !Sockets.IsListening(system.Port("mcp")));
        }

        Assert.Contains("alice@example.com", await call, StringComparison.Ordinal);
        await stop;
    }
}
