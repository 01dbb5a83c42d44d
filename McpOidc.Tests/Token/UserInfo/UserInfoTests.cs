using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token.UserInfo;

/// <summary><c>GET /me</c> (OpenID Connect Core §5.3).</summary>
public sealed class UserInfoTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    [Theory]
    [InlineData("openid email profile", true, true)]
    [InlineData("openid email", true, false)]
    [InlineData("openid profile", false, true)]
    [InlineData("openid", false, false)]
    public async Task Userinfo_returns_the_claims_that_the_scopes_allow(string scope, bool email, bool profile)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", scope)));
        using var response = await client.CallAsync(client.Issuer + "/me", tokens.AccessToken, HttpMethod.Get);
        var claims = (await response.Content.ReadFromJsonAsync<JsonObject>())!;

        Assert.Equal(JwtReader.Payload(tokens.AccessToken)["sub"]!.ToString(), claims["sub"]!.ToString());
        Assert.Equal(email ? "alice@example.com" : null, claims["email"]?.ToString());
        Assert.Equal(email ? "true" : null, claims["email_verified"]?.ToJsonString());
        Assert.Equal(profile ? "Alice Adams" : null, claims["name"]?.ToString());
        // Meant for the client, so without the claims meant for the resource.
        Assert.False(claims.ContainsKey("sid") || claims.ContainsKey("groups"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("garbage")]
    public async Task Userinfo_without_a_valid_token_yields_401(string? token)
    {
        using var client = fixture.System.CreateClient();
        using var response = await client.CallAsync(client.Issuer + "/me", token, HttpMethod.Get);
        Assert.Equal(401, (int)response.StatusCode);
        Assert.Contains("Bearer", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    // OpenID Connect Core §5.3.1: GET or POST; a token in the header needs no body.
    [Theory]
    [InlineData("GET", "header", null)]
    [InlineData("POST", "header", null)]
    [InlineData("POST", "header", "")]
    [InlineData("POST", "header", "application/json")]
    [InlineData("POST", "header", "application/x-www-form-urlencoded")]
    [InlineData("POST", "body", "application/x-www-form-urlencoded")]
    [InlineData("POST", "body", "application/x-www-form-urlencoded; charset=UTF-8")]
    public async Task Userinfo_accepts_the_token_in_the_header_of_any_request_and_in_a_form(string method, string place, string? type)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        using var request = new HttpRequestMessage(new HttpMethod(method), client.Issuer + "/me");
        request.Headers.Authorization = place == "header" ? new("Bearer", tokens.AccessToken) : null;
        var body =
            place == "body" ? $"access_token={tokens.AccessToken}"
            : type == "application/json" ? "{}"
            : "";
        request.Content = type is null ? null : new StringContent(body);
        request.Content?.Headers.Remove("Content-Type");
        request.Content?.Headers.TryAddWithoutValidation("Content-Type", type is { Length: > 0 } ? [type] : []);
        using var response = await client.Http.SendAsync(request);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("alice@example.com", (await response.Content.ReadFromJsonAsync<JsonObject>())!["email"]!.ToString());
    }

    // D13: URLs end up in access logs and browser histories (RFC 6750 §2.3).
    [Theory]
    [InlineData("access_token", false)]
    [InlineData("access_token", true)]
    [InlineData("access%5Ftoken", false)]
    public async Task A_token_in_the_URL_gives_no_access(string parameter, bool alsoInTheHeader)
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var token = (await client.SignInAsync(browser)).AccessToken;
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
        {
            using var response = await client.CallAsync($"{client.Issuer}/me?{parameter}={token}", alsoInTheHeader ? token : null, method);
            Assert.InRange((int)response.StatusCode, 400, 401);
        }
    }

    // D14: OpenID Connect Core §5.3.1
    [Fact]
    public async Task A_token_without_openid_yields_403()
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var token = (await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", "email profile")))).AccessToken;
        using var response = await client.CallAsync(client.Issuer + "/me", token, HttpMethod.Get);
        Assert.Equal(403, (int)response.StatusCode);
        Assert.Contains("insufficient_scope", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Userinfo_after_revocation_yields_401()
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        await client.PostAsync("/token/revocation", [("token", tokens.RefreshToken)]);
        using var response = await client.CallAsync(client.Issuer + "/me", tokens.AccessToken, HttpMethod.Get);
        Assert.Equal(401, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_refresh_token_gives_no_access_to_the_user_endpoint()
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        using var response = await client.CallAsync(client.Issuer + "/me", tokens.RefreshToken, HttpMethod.Get);
        Assert.Equal(401, (int)response.StatusCode);
    }
}
