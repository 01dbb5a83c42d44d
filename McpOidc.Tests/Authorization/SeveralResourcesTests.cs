using System.Globalization;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization;

/// <summary>One authorization server for several MCP servers, each with scopes and lifetimes of its own (RFC 8707).</summary>
public sealed class SeveralResourcesTests
{
    private const string Other = "https://other.example/mcp";

    [Fact]
    public async Task Each_resource_has_its_own_scopes()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var mine = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "openid orders:read files:read")));
        Assert.Equal("openid files:read", Scope(mine));

        var others = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "openid orders:read files:read"), ("resource", Other)), ("resource", Other));
        Assert.Equal("openid orders:read", Scope(others));
        Assert.Equal(Other, JwtReader.Payload(others.AccessToken)["aud"]!.ToString());
    }

    [Fact]
    public async Task Each_resource_has_its_own_lifetimes()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var mine = await client.RedeemAsync(await client.GetCodeAsync(browser));
        var others = await client.RedeemAsync(await client.GetCodeAsync(browser, ("resource", Other)), ("resource", Other));
        // Whole seconds of the times in the token.
        Assert.InRange(int.Parse(mine["expires_in"]!, CultureInfo.InvariantCulture), 899, 900);
        Assert.InRange(int.Parse(others["expires_in"]!, CultureInfo.InvariantCulture), 3599, 3600);

        system.Clock.Advance(TimeSpan.FromHours(2) + TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await client.RefreshAsync(mine.RefreshToken)).Status);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(others.RefreshToken, ("resource", Other))).Error);
    }

    [Fact]
    public async Task Without_a_resource_it_is_invalid_target()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        (await client.AuthorizeAsync(browser, ("resource", null))).ExpectRedirectError(client, "invalid_target");
    }

    private static string Scope(TokenAnswer answer) => JwtReader.Payload(answer.AccessToken)["scope"]!.ToString();

    private static Task<TestSystem> StartAsync() => TestSystem.StartAsync(options =>
    {
        options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
        options.Set("McpOidc:Resources:1:Uri", Other);
        options.Set("McpOidc:Resources:1:Scopes:0", "orders:read");
        options.Set("McpOidc:Resources:1:AccessTokenLifetime", "01:00:00");
        options.Set("McpOidc:Resources:1:RefreshTokenLifetime", "02:00:00");
    });
}
