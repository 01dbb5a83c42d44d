using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token.Introspection;

/// <summary><c>POST /token/introspection</c> (RFC 7662).</summary>
public sealed class IntrospectionTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    [Theory]
    [InlineData("access_token")]
    [InlineData("refresh_token")]
    public async Task A_client_can_introspect_its_own_tokens(string which)
    {
        using var client = await RegisterAsync(confidential: true);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        var answer = await client.PostAsync("/token/introspection", [("token", tokens[which])]);

        Assert.Equal(200, answer.Status);
        Assert.Equal("true", answer["active"]);
        Assert.Equal("openid email profile", answer["scope"]);
        Assert.Equal(client.ClientId, answer["client_id"]);
        Assert.Equal(client.Issuer, answer["iss"]);
        Assert.Equal(JwtReader.Payload(tokens.AccessToken)["sub"]!.ToString(), answer["sub"]);
        Assert.True(answer.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task A_token_of_another_client_is_inactive()
    {
        using var owner = await RegisterAsync(confidential: false);
        using var browser = new Browser();
        var tokens = await owner.SignInAsync(browser);
        using var other = await RegisterAsync(confidential: true);
        foreach (var token in new[] { tokens.AccessToken, tokens.RefreshToken })
        {
            AssertInactive(await other.PostAsync("/token/introspection", [("token", token)]));
        }
    }

    [Fact]
    public async Task Nothing_is_active_after_revocation_and_garbage_is_never_active()
    {
        using var client = await RegisterAsync(confidential: true);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(200, (await client.PostAsync("/token/revocation", [("token", tokens.AccessToken)])).Status);
        foreach (var token in new[] { tokens.AccessToken, tokens.RefreshToken, "garbage" })
        {
            AssertInactive(await client.PostAsync("/token/introspection", [("token", token)]));
        }
    }

    [Fact]
    public async Task A_confidential_client_must_authenticate_to_introspect()
    {
        using var client = await RegisterAsync(confidential: true);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        var answer = await client.PostAsync("/token/introspection", [("token", tokens.AccessToken), ("client_secret", "wrong")]);
        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
    }

    // RFC 7662 §2.1
    [Fact]
    public async Task A_client_that_cannot_authenticate_learns_nothing()
    {
        using var client = await RegisterAsync(confidential: false);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        var answer = await client.PostAsync("/token/introspection", [("token", tokens.AccessToken)]);
        Assert.Equal((400, "unauthorized_client"), (answer.Status, answer.Error));
        Assert.Null(answer["error_uri"]);
    }

    // D13: RFC 7662 §2.1
    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task A_token_in_the_URL_is_ignored(string method)
    {
        using var client = await RegisterAsync(confidential: true);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        foreach (var endpoint in new[] { "/token/introspection", "/token/revocation", "/revoke" })
        {
            using var request = new HttpRequestMessage(
                new HttpMethod(method),
                $"{client.Issuer}{endpoint}?token={tokens.AccessToken}&client_id={client.ClientId}&client_secret={client.ClientSecret}"
            );
            request.Content = method == "POST" ? new FormUrlEncodedContent([]) : null;
            using var response = await client.Http.SendAsync(request);
            Assert.InRange((int)response.StatusCode, 400, 405);
        }

        Assert.Equal("true", (await client.PostAsync("/token/introspection", [("token", tokens.AccessToken)]))["active"]);
    }

    private static void AssertInactive(TokenAnswer answer)
    {
        Assert.Equal(200, answer.Status);
        Assert.Equal("""{"active":false}""", answer.Body.ToJsonString());
    }

    private Task<OAuthClient> RegisterAsync(bool confidential) => fixture.RegisterAsync(change: metadata => Change(metadata, confidential));

    private static void Change(JsonObject metadata, bool confidential) =>
        metadata["token_endpoint_auth_method"] = confidential ? "client_secret_post" : "none";
}
