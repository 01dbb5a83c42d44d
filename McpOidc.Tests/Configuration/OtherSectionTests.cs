using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Configuration;

/// <summary>Settings outside the section <c>McpOidc</c>.</summary>
public sealed class OtherSectionTests
{
    [Fact]
    public async Task Settings_are_read_from_the_section_passed_to_AddMcpOidc()
    {
        await using var app = Build(
            ("Auth:Mcp:Issuer", "http://localhost:4001"),
            ("Auth:Mcp:Tokens:AccessTokenLifetime", "00:07:00"),
            ("Auth:Mcp:Resources:0:Uri", "http://localhost:3001/mcp"),
            ("Auth:Mcp:IdentityProvider:Providers:staff:Issuer", "https://staff.example.com"),
            ("Auth:Mcp:IdentityProvider:Providers:staff:ClientId", "mcpoidc"),
            ("McpOidc:Tokens:AccessTokenLifetime", "00:09:00")
        );
        app.UseMcpOidc();
        Assert.Equal(
            TimeSpan.FromMinutes(7),
            app.Services.GetRequiredService<IOptions<McpOidc.Configuration.TokenOptions>>().Value.AccessTokenLifetime
        );
        Assert.Equal(
            "https://staff.example.com",
            app.Services.GetRequiredService<IOptionsMonitor<McpOidc.Configuration.IdentityProviderOptions>>().Get("staff").Issuer
        );
    }

    [Fact]
    public async Task A_wrong_setting_is_named_with_its_actual_section()
    {
        await using var app = Build(
            ("Auth:Mcp:Issuer", "http://localhost:4001"),
            ("Auth:Mcp:Tokens:AccessTokenLifetime", "-00:01:00"),
            ("Auth:Mcp:Resources:0:Uri", "not a url")
        );
        var message = Assert.ThrowsAny<Exception>(() => app.UseMcpOidc()).ToString();
        Assert.Contains(
            "Auth:Mcp:Tokens:AccessTokenLifetime (environment: Auth__Mcp__Tokens__AccessTokenLifetime)",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains("Auth:Mcp:Resources:0:Uri", message, StringComparison.Ordinal);
        Assert.DoesNotContain("McpOidc:Tokens", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_section_counts_even_if_an_earlier_call_named_none()
    {
        await using var app = Build(
            services => services.AddMcpOidc(),
            ("Auth:Mcp:Issuer", "http://localhost:4001"),
            ("Auth:Mcp:Tokens:AccessTokenLifetime", "00:07:00"),
            ("Auth:Mcp:Resources:0:Uri", "http://localhost:3001/mcp")
        );
        Assert.Equal(
            TimeSpan.FromMinutes(7),
            app.Services.GetRequiredService<IOptions<McpOidc.Configuration.TokenOptions>>().Value.AccessTokenLifetime
        );
    }

    [Fact]
    public void Two_sections_are_refused_and_the_error_names_both()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddMcpOidc(builder.Configuration.GetSection("Auth:Mcp"));
        builder.Services.AddMcpOidc(builder.Configuration.GetSection("Auth:Mcp"));
        var exception = Assert.Throws<InvalidOperationException>(() =>
            builder.Services.AddMcpOidc(builder.Configuration.GetSection("Other"))
        );
        Assert.Contains("'Auth:Mcp' and 'Other'", exception.Message, StringComparison.Ordinal);
    }

    private static WebApplication Build(params (string Key, string Value)[] settings) => Build(_ => { }, settings);

    private static WebApplication Build(Action<IServiceCollection> earlier, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        earlier(builder.Services);
        builder.Services.AddMcpOidc(builder.Configuration.GetSection("Auth:Mcp")).AddAuthorizationServer();
        builder.WebHost.UseSetting("urls", $"http://localhost:{Loopback.FreePort()}");
        return builder.Build();
    }
}
