using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelContextProtocol.Server;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// A protected server that does nothing, so that only the protection is measured: each endpoint exists open and protected. Its log levels
/// are those of the reference server, whose <c>appsettings.json</c> is next to it; like that server, it starts without Data Protection.
/// </summary>
internal static class TrivialMcpServer
{
    public const string Name = "mcp";

    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddMcpOidc().AddResourceServer().UseConfiguredStore().AddProcessGuards();
        builder.Services.AddMcpServer().WithHttpTransport(transport => transport.Stateless = true).WithTools<Tools>();
        builder.Services.RemoveDataProtectionStart();
        var app = builder.Build();
        app.UseMcpOidc();
        app.MapMcpOidc();
        app.MapPost("/open", () => "ok");
        app.MapPost("/protected", () => "ok").RequireMcpOidc();
        app.MapMcp("/open-mcp");
        app.MapMcp("/mcp").RequireMcpOidc();
        app.MapGet("/health", () => "ok");
        await app.RunAsync();
        return 0;
    }

    [McpServerToolType]
    private sealed class Tools
    {
        [McpServerTool(Name = "nothing"), Description("Does nothing.")]
        public static string Nothing() => "nothing";
    }
}
