using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Federation;

/// <summary>The identity provider's responses are verified (B11 to B13). behaviour.md B20: the npm package checks no signature.</summary>
public sealed class IdentityProviderLoginTests(IdentityProviderLoginTests.Fixture fixture)
    : IClassFixture<IdentityProviderLoginTests.Fixture>,
        IDisposable
{
    private static readonly Dictionary<string, Action<FaultyIdentityProvider>> s_lies = new()
    {
        ["another nonce"] = idp => idp.Claims = claims => claims["nonce"] = "other",
        ["no nonce"] = idp => idp.Claims = claims => claims.Remove("nonce"),
        ["another audience"] = idp => idp.Claims = claims => claims["aud"] = "other-client",
        ["two audiences of which this server is none"] = idp =>
            idp.Claims = claims => claims["aud"] = new JsonArray("another-client", "other-client"),
        ["a second audience and an azp that is no text"] = idp =>
            idp.Claims = claims => (claims["aud"], claims["azp"]) = (new JsonArray(FaultyIdentityProvider.ClientId, "other-client"), 5),
        ["a subject that is a fraction"] = idp => idp.Claims = claims => claims["sub"] = 5.5,
        ["a subject that is negative"] = idp => idp.Claims = claims => claims["sub"] = -5,
        ["a second audience and its azp"] = idp =>
            idp.Claims = claims =>
                (claims["aud"], claims["azp"]) = (new JsonArray(FaultyIdentityProvider.ClientId, "other-client"), "other-client"),
        ["another issuer"] = idp => idp.Claims = claims => claims["iss"] = "https://other.example",
        ["the issuer with a slash"] = idp => idp.Claims = claims => claims["iss"] = claims["iss"]! + "/",
        ["an end in the past"] = idp => idp.Claims = claims => claims["exp"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 600,
        ["no end"] = idp => idp.Claims = claims => claims.Remove("exp"),
        ["a beginning in the future"] = idp => idp.Claims = claims => claims["nbf"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 600,
        ["no subject"] = idp => idp.Claims = claims => claims.Remove("sub"),
        ["an empty subject"] = idp => idp.Claims = claims => claims["sub"] = "",
        ["a subject that is no text"] = idp => idp.Claims = claims => claims["sub"] = new JsonArray("a"),
        ["a nonce that is no text"] = idp => idp.Claims = claims => claims["nonce"] = 5,
        ["algorithm none"] = idp => idp.Forge = (header, payload) => Forgery.Assemble(With(header, "none"), payload, hmacKey: null),
        ["HS256 under the client secret"] = idp =>
            idp.Forge = (header, payload) =>
                Forgery.Assemble(With(header, "HS256"), payload, Encoding.UTF8.GetBytes(FaultyIdentityProvider.ClientSecret.PadRight(32))),
        ["HS256 under the public key"] = idp =>
            idp.Forge = (header, payload) => Forgery.Assemble(With(header, "HS256"), payload, idp.Key.ExportSubjectPublicKeyInfo()),
        ["a signature of somebody else"] = idp =>
            idp.Forge = (header, payload) =>
            {
                using var other = RSA.Create(2048);
                return FaultyIdentityProvider.Sign(header, payload, other);
            },
        ["an unknown key"] = idp =>
            idp.Forge = (header, payload) =>
            {
                using var other = RSA.Create(2048);
                header["kid"] = "unknown";
                return FaultyIdentityProvider.Sign(header, payload, other);
            },
        ["no id_token"] = idp => idp.TokenAnswer = answer => answer.Remove("id_token"),
        ["an id_token that is none"] = idp => idp.TokenAnswer = answer => answer["id_token"] = "garbage",
        ["no access token"] = idp => idp.TokenAnswer = answer => answer.Remove("access_token"),
        ["the issuer of another provider in the callback"] = idp =>
            idp.Callback = parameters => parameters["iss"] = "https://other.example",
        ["the issuer with a slash in the callback"] = idp => idp.Callback = parameters => parameters["iss"] = idp.Issuer + "/",
    };

    public static TheoryData<string> Lies => [.. s_lies.Keys];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task The_client_is_told_that_the_sign_in_failed_when_the_provider_sends(string lie)
    {
        s_lies[lie](fixture.Idp);
        using var client = await RegisterAsync();
        using var browser = new Browser();
        var result = await client.AuthorizeAsync(browser);
        Assert.True(client.IsRedirectUri(result.Uri), $"{result.Uri} {result.Html}");
        Assert.Null(result.Query("code"));
        Assert.Equal("server_error", result.Query("error"));
        Assert.Equal("state-1", result.Query("state"));
        Assert.Equal(fixture.System.Issuer, result.Query("iss"));
        Assert.DoesNotContain("upstream-", result.Uri.AbsoluteUri, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task People_can_sign_in_with_and_without_iss_in_the_callback(bool withIssuer)
    {
        fixture.Idp.Callback = parameters => parameters["iss"] = withIssuer ? fixture.Idp.Issuer : null;
        using var client = await RegisterAsync();
        using var browser = new Browser();
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
    }

    // behaviour.md B8: the npm package does not pass on the provider's refusal.
    [Theory]
    [InlineData("access_denied", "access_denied")]
    [InlineData("temporarily_unavailable", "temporarily_unavailable")]
    [InlineData("<script>alert(1)</script>", "server_error")]
    [InlineData("invalid_client", "server_error")]
    public async Task A_refusal_by_the_provider_reaches_the_client(string said, string told)
    {
        fixture.Idp.Callback = parameters =>
            (parameters["code"], parameters["error"], parameters["error_description"]) = (null, said, "secret details");
        using var client = await RegisterAsync();
        using var browser = new Browser();
        var result = await client.AuthorizeAsync(browser);
        Assert.Equal((told, "state-1", fixture.System.Issuer), (result.Query("error"), result.Query("state"), result.Query("iss")));
        Assert.DoesNotContain("secret", result.Uri.AbsoluteUri, StringComparison.Ordinal);
    }

    // H09
    [Fact]
    public async Task A_rotated_provider_key_is_fetched_once_the_cooldown_is_over()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var system = await TestSystem.StartAsync(options => options.Provider = idp.Settings);
        using var client = system.CreateClient();
        using var browser = new Browser();
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
        idp.RotateKey();
        system.Clock.Advance(TimeSpan.FromSeconds(31));
        using var again = system.CreateClient();
        using var other = new Browser();
        Assert.Equal(200, (await again.SignInAsync(other)).Status);
    }

    [Fact]
    public async Task Claims_from_the_userinfo_endpoint_are_added_and_replace_none()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            options.Set("McpOidc:IdentityProvider:LoadUserInfo", "true");
            options.Set("McpOidc:IdentityProvider:CustomData:unit", "department");
            options.Map = SessionEndpoint.Map;
        });
        var session = await SessionEndpoint.ReadAsync(signedIn);
        Assert.Equal("physics", session["claims"]!["department"]!.ToString());
        Assert.Equal("physics", session["customData"]!["unit"]!.ToString());
        Assert.Equal("carol@example.com", session["claims"]!["email"]!.ToString());
    }

    [Theory]
    [InlineData("other subject")]
    [InlineData("no subject")]
    [InlineData("a subject that is no text")]
    public async Task Userinfo_about_another_person_fails_the_sign_in(string lie)
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        idp.UserInfo = lie switch
        {
            "other subject" => answer => answer["sub"] = "user-2",
            "no subject" => answer => answer.Remove("sub"),
            _ => answer => answer["sub"] = 5,
        };
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            options.Set("McpOidc:IdentityProvider:LoadUserInfo", "true");
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var result = await client.AuthorizeAsync(browser);
        Assert.Equal((null, "server_error"), (result.Query("code"), result.Query("error")));
    }

    [Fact]
    public async Task Additional_parameters_reach_the_provider()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            options.Set("McpOidc:IdentityProvider:AdditionalParameters:audience", "https://api.example/?a=b&c");
        });
        var query = System.Web.HttpUtility.ParseQueryString(idp.LastAuthorizeQuery);
        Assert.Equal("https://api.example/?a=b&c", query["audience"]);
        Assert.Equal("S256", query["code_challenge_method"]);
        Assert.False(string.IsNullOrEmpty(query["nonce"]));
        Assert.True(query["state"]!.Length >= 43);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("nonce")]
    [InlineData("redirect_uri")]
    [InlineData("code_challenge")]
    [InlineData("code_challenge_method")]
    [InlineData("response_type")]
    [InlineData("response_mode")]
    [InlineData("client_id")]
    [InlineData("scope")]
    [InlineData("request_uri")]
    [InlineData("State")]
    public async Task A_parameter_that_protects_the_sign_in_cannot_be_replaced(string parameter)
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(() =>
            TestSystem.StartAsync(options =>
            {
                options.Provider = new IdentityProviderSettings("https://idp.example", "x", "y");
                options.Set("McpOidc:IdentityProvider:AdditionalParameters:" + parameter, "evil");
            })
        );
        Assert.Contains("McpOidc:IdentityProvider:AdditionalParameters:" + parameter, exception.Message, StringComparison.Ordinal);
    }

    // B11
    [Fact]
    public async Task A_callback_works_once_and_only_in_the_browser_that_started_the_sign_in()
    {
        using var client = await RegisterAsync();
        using var browser = new Browser();
        var callback = (await browser.OpenAsync(client.AuthorizeUrl(), uri => uri.AbsolutePath == "/oauth/callback")).Uri;
        Assert.Equal("/oauth/callback", callback.AbsolutePath);

        using var stranger = new Browser();
        await AssertRefusedAsync(stranger, callback.AbsoluteUri);
        await AssertRefusedAsync(browser, callback.GetLeftPart(UriPartial.Path) + "?code=x");
        await AssertRefusedAsync(browser, callback.GetLeftPart(UriPartial.Path) + "?code=x&state=unknown");
        await AssertRefusedAsync(browser, callback.AbsoluteUri + "&state=second");

        var result = await browser.OpenAsync(callback.AbsoluteUri, client.IsRedirectUri);
        Assert.NotNull(result.Query("code"));
        Assert.Equal(result.Uri, (await browser.OpenAsync(callback.AbsoluteUri, client.IsRedirectUri)).Uri);
    }

    [Fact]
    public async Task Nothing_is_requested_from_the_provider_before_the_person_has_allowed_the_client()
    {
        using var client = await RegisterAsync();
        using var browser = new Browser { Decision = "deny" };
        var result = await client.AuthorizeAsync(browser);
        Assert.Equal("access_denied", result.Query("error"));
        Assert.DoesNotContain(browser.Visited, url => url.StartsWith(fixture.Idp.Issuer, StringComparison.Ordinal));
    }

    public void Dispose() =>
        (fixture.Idp.Claims, fixture.Idp.Forge, fixture.Idp.TokenAnswer, fixture.Idp.Callback, fixture.Idp.UserInfo) = (
            null,
            null,
            null,
            null,
            null
        );

    private async Task<OAuthClient> RegisterAsync()
    {
        var client = fixture.System.CreateClient();
        await client.RegisterAsync();
        return client;
    }

    private static async Task AssertRefusedAsync(Browser browser, string url)
    {
        using var response = await browser.GetAsync(url);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Null(response.Headers.Location);
    }

    private static JsonObject With(JsonObject header, string algorithm)
    {
        header["alg"] = algorithm;
        return header;
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public FaultyIdentityProvider Idp { get; private set; } = null!;

        public TestSystem System { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Idp = await FaultyIdentityProvider.StartAsync();
            System = await TestSystem.StartAsync(options => options.Provider = Idp.Settings);
        }

        public async Task DisposeAsync()
        {
            await System.DisposeAsync();
            await Idp.DisposeAsync();
        }
    }
}
