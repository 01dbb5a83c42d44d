using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Protection;

/// <summary>Scopes on the hubs of SignalR.</summary>
public sealed class HubScopeTests
{
    [Fact]
    public async Task A_scope_on_a_hub_protects_it()
    {
        await using var system = await StartAsync<ScopedHub>();
        using var client = system.CreateClient();
        using var refused = await client.CallAsync(system.McpOrigin + "/hub/negotiate?negotiateVersion=1", null);
        Assert.Equal(401, (int)refused.StatusCode);
        Assert.Contains("notes:read", Assert.Single(refused.Headers.WwwAuthenticate).Parameter!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scope_on_a_method_of_a_hub_would_have_no_effect_and_prevents_the_start()
    {
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => StartAsync<NotesHub>());
        Assert.Contains("[RequireScopes] on the hub method NotesHub.Erase", exception.Message, StringComparison.Ordinal);
    }

    private static Task<TestSystem> StartAsync<THub>()
        where THub : Hub =>
        TestSystem.StartAsync(options =>
        {
            options.Mcp = builder => builder.Services.AddSignalR();
            options.Map = app => app.MapHub<THub>("/hub");
        });

    private sealed class NotesHub : Hub
    {
        [RequireScopes("notes:write")]
        public Task Erase() => Clients.All.SendAsync("erased");
    }

    [RequireScopes("notes:read")]
    private sealed class ScopedHub : Hub;
}
