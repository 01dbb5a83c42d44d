using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Configuration;

/// <summary>The error names the call that was forgotten.</summary>
public sealed class MissingCallTests
{
    [Fact]
    public async Task UseMcpOidc_without_AddMcpOidc_throws_an_error_that_names_the_missing_call() =>
        Assert.Contains("AddMcpOidc()", await MessageAsync(_ => { }, app => app.UseMcpOidc()), StringComparison.Ordinal);

    [Fact]
    public async Task MapMcpOidc_without_a_role_throws_an_error_that_names_the_roles()
    {
        var message = await MessageAsync(builder => builder.Services.AddMcpOidc(), app => app.MapMcpOidc());
        Assert.Contains("AddAuthorizationServer()", message, StringComparison.Ordinal);
        Assert.Contains("AddResourceServer()", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequireMcpOidc_without_AddResourceServer_names_the_missing_call_and_serves_no_content()
    {
        await using var site = await TestSite.StartAsync(
            Loopback.FreePort(),
            [],
            _ => { },
            app => app.MapGet("/", () => "secret").RequireMcpOidc()
        );
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(site.Origin));
        Assert.Equal(500, (int)response.StatusCode);
        Assert.Contains(
            site.Logs.Lines,
            line => line.Contains("RequireMcpOidc() requires services.AddMcpOidc().AddResourceServer()", StringComparison.Ordinal)
        );
    }

    private static async Task<string> MessageAsync(Action<WebApplicationBuilder> services, Action<WebApplication> pipeline) =>
        (
            await Assert.ThrowsAnyAsync<InvalidOperationException>(() => TestSite.StartAsync(Loopback.FreePort(), [], services, pipeline))
        ).Message;
}
