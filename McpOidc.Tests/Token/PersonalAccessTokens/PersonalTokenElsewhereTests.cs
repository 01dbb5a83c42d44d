using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token.PersonalAccessTokens;

/// <summary>Personal access tokens at MCP servers on other stacks, which share no store, and at the OAuth endpoints.</summary>
public sealed class PersonalTokenElsewhereTests : IAsyncLifetime
{
    private const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";
    private readonly Browser _browser = new();
    private TestSystem _system = null!;
    private string _token = null!;

    public async Task InitializeAsync()
    {
        _system = await TestSystem.StartAsync(options =>
        {
            var resource = $"http://localhost:{options.McpPort}/mcp";
            options.Standalone = true;
            options.Map = SessionEndpoint.Map;
            options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
            options.Set("McpOidc:Resources:1:Uri", "https://other.example/mcp");
            options.AddClient(0, "mcp-node", key: null, ("GrantTypes:0", TokenExchange), ("ResourceServer", resource));
            options.AddClient(1, "mcp-other", key: null, ("ResourceServer", "https://other.example/mcp"));
        });
        var page = new TokenPage(_system, _browser);
        await page.OpenAsync(_system.Resource);
        _token = (await page.SendAsync("elsewhere", ["files:read"]))!;
    }

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        await _system.DisposeAsync();
    }

    [Fact]
    public async Task Introspection_tells_the_server_of_its_resource_the_tokens_owner_scopes_and_expiry()
    {
        var answer = await IntrospectAsync("mcp-node");

        Assert.Equal(("true", "files:read"), (answer["active"], answer["scope"]));
        Assert.Equal("(personal-access-token)", answer["client_id"]);
        Assert.Equal("alice@example.com", answer.Body["claims"]!["email"]!.ToString());
        Assert.Equal(
            _system.Clock.GetUtcNow().AddDays(30).ToUnixTimeSeconds(),
            long.Parse(answer["exp"]!, System.Globalization.CultureInfo.InvariantCulture),
            tolerance: 5.0
        );
        Assert.Equal("false", (await IntrospectAsync("mcp-other"))["active"]);
    }

    [Fact]
    public async Task A_token_of_a_person_who_no_longer_exists_is_inactive_after_the_check_interval()
    {
        _system.Idp!.Faults.FailRefresh(400, "invalid_grant", times: 1);
        _system.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("false", (await IntrospectAsync("mcp-node"))["active"]);
    }

    [Fact]
    public async Task A_personal_access_token_can_be_exchanged_for_the_persons_identity_provider_token()
    {
        using var server = _system.CreateClient("mcp-node");
        var answer = await server.PostAsync(
            "/token",
            [("grant_type", TokenExchange), ("subject_token", _token), ("subject_token_type", AccessToken)]
        );
        Assert.Equal(200, answer.Status);
        Assert.NotEmpty(answer.AccessToken);
    }

    [Fact]
    public async Task A_personal_access_token_is_no_refresh_token_or_code_and_works_at_no_authorization_server_endpoint()
    {
        using var client = _system.CreateClient();
        await client.RegisterAsync();
        Assert.Equal("invalid_grant", (await client.RefreshAsync(_token)).Error);
        Assert.Equal("invalid_grant", (await client.RedeemAsync(_token)).Error);
        using var me = await client.CallAsync(_system.Issuer + "/me", _token, HttpMethod.Get);
        Assert.Equal(401, (int)me.StatusCode);
        using var echo = await client.CallAsync(_system.McpOrigin + "/echo", _token);
        Assert.Equal(200, (int)echo.StatusCode);
    }

    // P08
    [Fact]
    public async Task Only_a_server_with_the_secret_can_have_a_token_checked()
    {
        using var client = _system.CreateClient();
        foreach (var assertion in new[] { null, _token, "a.b.c" })
        {
            using var answer = await client.CallAsync(_system.Issuer + "/oauth/personal-tokens", assertion);
            Assert.Equal(401, (int)answer.StatusCode);
        }
    }

    private async Task<TokenAnswer> IntrospectAsync(string clientId)
    {
        using var server = _system.CreateClient(clientId);
        return await server.PostAsync("/token/introspection", [("token", _token)]);
    }
}
