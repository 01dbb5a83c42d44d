using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;

namespace McpOidc.Tests.Conformance;

/// <summary>
/// Runs <c>conformance server</c> once against an open endpoint and once through the protected one: protection changes nothing.
/// </summary>
public sealed class ServerConformanceTests
{
    [ConformanceTheory]
    [InlineData("2026-07-28", false)]
    [InlineData("2026-07-28", true)]
    [InlineData("2025-11-25", false)]
    [InlineData("2025-11-25", true)]
    public async Task The_server_passes_what_the_suite_requires_for_the_revision(string revision, bool isProtected)
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Clock = new AdjustableClock();
            options.Mcp = builder => FixtureServer.Add(builder.Services, stateless: revision == "2026-07-28");
            options.Map = app => app.MapMcp("/open");
        });
        await using var proxy = await BearerProxy.StartAsync(new Uri(signedIn.System.Resource), signedIn.Tokens.AccessToken);

        var (code, output) = await ConformanceSuite.RunAsync(
            _ => Task.CompletedTask,
            "server",
            "--url",
            isProtected ? proxy.Url : signedIn.System.McpOrigin + "/open",
            "--requirements",
            revision
        );
        Assert.True(code == 0, output);
    }
}
