using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Tests.Hosting;

/// <summary>What the public listener reveals about the process (security case H25).</summary>
public sealed class HealthTests : IAsyncLifetime
{
    private TestSystem _system = null!;

    public async Task InitializeAsync() =>
        _system = await TestSystem.StartAsync(options =>
        {
            options.Mcp = builder => builder.AddServiceDefaults();
            options.Map = app => app.MapDefaultEndpoints();
        });

    public async Task DisposeAsync() => await _system.DisposeAsync();

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task The_health_endpoint_returns_status_and_timestamp_and_nothing_else(string path)
    {
        using var client = _system.CreateClient();
        var health = JsonNode.Parse(await client.Http.GetStringAsync(_system.Issuer + path))!.AsObject();
        Assert.Equal(["status", "timestamp"], health.Select(member => member.Key));
        Assert.Equal("ok", health["status"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/admin")]
    [InlineData("/debug/pprof")]
    [InlineData("/swagger/index.html")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/health/details")]
    [InlineData("/.env")]
    [InlineData("/appsettings.json")]
    public async Task The_public_listener_exposes_no_internals(string path)
    {
        using var client = _system.CreateClient();
        using var answer = await client.Http.GetAsync(_system.Issuer + path);
        Assert.Equal(404, (int)answer.StatusCode);
    }
}
