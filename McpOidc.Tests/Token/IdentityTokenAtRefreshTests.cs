using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token;

/// <summary>A refresh returns an id_token if the client requests one or a setting says so (OpenID Connect Core §12.2).</summary>
public sealed class IdentityTokenAtRefreshTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    [Theory]
    [InlineData(null, false)]
    [InlineData("email", false)]
    [InlineData("openidish profile", false)]
    [InlineData("OpenID", false)]
    [InlineData("openid", true)]
    [InlineData("profile openid", true)]
    public async Task A_refresh_returns_an_id_token_only_to_a_client_that_requests_openid(string? scope, bool comes)
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);

        var refreshed = await client.RefreshAsync(tokens.RefreshToken, ("scope", scope));

        Assert.Equal(200, refreshed.Status);
        Assert.Equal(comes, refreshed["id_token"] is not null);
        if (comes)
        {
            Assert.Equal(Jwt.Read(tokens["id_token"]!)["sub"], Jwt.Read(refreshed["id_token"]!)["sub"]);
        }
    }

    [Fact]
    public async Task A_setting_makes_every_refresh_return_an_id_token()
    {
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Tokens:IdentityTokenOnRefresh", "true"));
        using var client = system.CreateClient();
        await client.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);

        Assert.NotNull((await client.RefreshAsync(tokens.RefreshToken))["id_token"]);
    }
}
