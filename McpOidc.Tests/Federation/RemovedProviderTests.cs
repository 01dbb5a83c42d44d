using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Federation;

/// <summary>One of several identity providers is removed from the settings while its users are signed in.</summary>
public sealed class RemovedProviderTests
{
    [Fact]
    public async Task Its_people_go_on_without_scopes_that_have_a_rule_and_connect_nothing_more()
    {
        await using var staff = await FaultyIdentityProvider.StartAsync();
        await using var partners = await FaultyIdentityProvider.StartAsync();
        partners.Claims = claims => claims["groups"] = new JsonArray("readers");
        TestSystemOptions settings = null!;
        await using var system = await TestSystem.StartAsync(options =>
        {
            settings = options;
            options.Provider = new IdentityProviderSettings("", "", null);
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>();
            options.Set("McpOidc:Scopes:0:Name", "files:read");
            options.Set("McpOidc:Scopes:0:Require:0:Groups:0", "readers");
            Configure(options, "staff", staff);
            Configure(options, "partners", partners);
        });
        using var browser = new Browser { Provider = "partners" };
        using var client = system.CreateClient();
        await client.RegisterAsync();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "openid files:read")));
        Assert.Equal("openid files:read", tokens["scope"]);

        settings.Settings.RemoveAll(setting => setting.Key.Contains(":partners:", StringComparison.Ordinal));
        await system.RestartAsync();
        tokens = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal((200, "openid"), (tokens.Status, tokens["scope"]));

        // The browser is still signed in as a user whom no provider vouches for.
        var other = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "openid")));
        Assert.Equal(1, browser.VisitsOf(staff.Issuer));
        Assert.NotEqual(Jwt.Read(tokens.AccessToken)["sub"], Jwt.Read(other.AccessToken)["sub"]);
    }

    private static void Configure(TestSystemOptions options, string name, FaultyIdentityProvider provider)
    {
        provider.Clock = options.Clock;
        options.Set($"McpOidc:IdentityProvider:Providers:{name}:Issuer", provider.Issuer);
        options.Set($"McpOidc:IdentityProvider:Providers:{name}:ClientId", FaultyIdentityProvider.ClientId);
        options.Set($"McpOidc:IdentityProvider:Providers:{name}:ClientSecret", FaultyIdentityProvider.ClientSecret);
    }
}
