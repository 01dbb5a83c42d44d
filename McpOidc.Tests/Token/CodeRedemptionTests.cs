using System.Net;
using System.Net.Http.Headers;
using System.Text;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token;

/// <summary>Authorization codes at the token endpoint.</summary>
public sealed class CodeRedemptionTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    // C01
    [Fact]
    public async Task A_code_redeemed_twice_yields_invalid_grant_and_its_tokens_are_revoked()
    {
        using var client = await fixture.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);
        var tokens = await client.RedeemAsync(code);

        AssertError(await client.RedeemAsync(code), 400, "invalid_grant");
        AssertError(await client.RefreshAsync(tokens.RefreshToken), 400, "invalid_grant");
        using var call = await client.CallAsync(fixture.System.Issuer + "/me", tokens.AccessToken, HttpMethod.Get);
        Assert.Equal(HttpStatusCode.Unauthorized, call.StatusCode);
    }

    // A grant id is no secret: it is the sid of the access tokens.
    [Fact]
    public async Task A_fabricated_code_for_a_known_grant_is_refused_and_revokes_nothing()
    {
        using var client = await fixture.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);
        var madeUp = code.Split('.')[0] + "." + new string('A', 43);

        AssertError(await client.RedeemAsync(madeUp), 400, "invalid_grant");
        var tokens = await client.RedeemAsync(code);
        AssertError(await client.RedeemAsync(madeUp), 400, "invalid_grant");
        AssertError(await client.RedeemAsync(code.Split('.')[0] + "."), 400, "invalid_grant");

        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    // C01 up to the point where the code is useless to everyone.
    [Fact]
    public async Task Replaying_a_redeemed_code_revokes_even_rotated_tokens_and_nothing_long_after_its_expiration()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);
        var tokens = await client.RedeemAsync(code);
        system.Clock.Advance(TimeSpan.FromMinutes(10));
        AssertError(await client.RedeemAsync(code), 400, "invalid_grant");
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);

        code = await client.GetCodeAsync(_browser);
        tokens = await client.RedeemAsync(code);
        var next = await client.RefreshAsync(tokens.RefreshToken);
        AssertError(await client.RedeemAsync(code), 400, "invalid_grant");
        AssertError(await client.RefreshAsync(next.RefreshToken), 400, "invalid_grant");
    }

    // C01: a server whose clock is a minute behind still accepts the code. The clock keeps running while the requests are in flight.
    [Theory]
    [InlineData(61, true)]
    [InlineData(100, true)]
    [InlineData(120, false)]
    public async Task A_code_replayed_up_to_a_minute_after_its_expiration_revokes_its_tokens(int seconds, bool ends)
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);
        var tokens = await client.RefreshAsync((await client.RedeemAsync(code)).RefreshToken);
        system.Clock.Advance(TimeSpan.FromSeconds(seconds));
        AssertError(await client.RedeemAsync(code), 400, "invalid_grant");
        Assert.Equal(ends ? "invalid_grant" : null, (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    // C03
    [Fact]
    public async Task A_code_of_another_client_yields_invalid_grant()
    {
        using var client = await fixture.RegisterAsync();
        using var thief = await fixture.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);

        AssertError(await thief.RedeemAsync(code, ("code_verifier", client.Verifier)), 400, "invalid_grant");
    }

    // C04, C05
    [Theory]
    [InlineData("code_verifier", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "invalid_grant")]
    [InlineData("code_verifier", null, "invalid_request")]
    [InlineData("code_verifier", "", "invalid_request")]
    [InlineData("redirect_uri", "http://127.0.0.1:7777/other", "invalid_grant")]
    [InlineData("redirect_uri", "http://127.0.0.1:7778/callback", "invalid_grant")]
    [InlineData("code", "made-up", "invalid_grant")]
    [InlineData("code", null, "invalid_request")]
    [InlineData("resource", "https://other.example/api", "invalid_target")]
    public async Task A_redemption_with_a_wrong_or_missing_parameter_is_refused(string parameter, string? value, string error)
    {
        using var client = await fixture.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);

        AssertError(await client.RedeemAsync(code, (parameter, value)), 400, error);
    }

    // C04: the challenge itself is not a valid verifier.
    [Fact]
    public async Task The_code_challenge_is_not_accepted_as_code_verifier()
    {
        using var client = await fixture.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);

        AssertError(await client.RedeemAsync(code, ("code_verifier", client.Challenge)), 400, "invalid_grant");
    }

    // C06
    [Fact]
    public async Task A_code_older_than_60_seconds_yields_invalid_grant()
    {
        using var client = await fixture.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);
        fixture.System.Clock.Advance(TimeSpan.FromSeconds(61));

        AssertError(await client.RedeemAsync(code), 400, "invalid_grant");
    }

    // C08; weakness 3
    [Fact]
    public async Task The_token_defaults_to_the_resource_of_the_authorization_request()
    {
        using var client = await fixture.RegisterAsync();

        var tokens = await client.RedeemAsync(await client.GetCodeAsync(_browser), ("resource", null));

        Assert.Equal(client.Resource, Jwt.Read(tokens.AccessToken)["aud"]);
    }

    // C09
    [Theory]
    [InlineData("password")]
    [InlineData("client_credentials")]
    [InlineData("implicit")]
    [InlineData("urn:ietf:params:oauth:grant-type:device_code")]
    [InlineData("urn:ietf:params:oauth:grant-type:token-exchange")]
    [InlineData("made-up")]
    public async Task Any_other_grant_type_yields_unsupported_grant_type(string grantType)
    {
        using var client = await fixture.RegisterAsync();

        AssertError(
            await client.TokenAsync([("grant_type", grantType), ("username", "alice"), ("password", "alice")]),
            400,
            "unsupported_grant_type"
        );
    }

    // C10
    [Fact]
    public async Task Nothing_is_read_from_the_query_or_from_JSON()
    {
        using var client = await fixture.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);
        var query =
            $"?grant_type=authorization_code&code={code}&client_id={client.ClientId}"
            + $"&code_verifier={client.Verifier}&redirect_uri={Uri.EscapeDataString(client.RedirectUri)}";
        using var json = new StringContent(
            $$"""{"grant_type":"authorization_code","code":"{{code}}","client_id":"{{client.ClientId}}"}""",
            Encoding.UTF8,
            "application/json"
        );
        using var empty = new FormUrlEncodedContent([]);

        using var get = await client.Http.GetAsync(client.Issuer + "/token" + query);
        using var body = await client.Http.PostAsync(client.Issuer + "/token", json);
        using var inQuery = await client.Http.PostAsync(client.Issuer + "/token" + query, empty);

        Assert.All([get, body, inQuery], response => Assert.InRange((int)response.StatusCode, 400, 405));
        Assert.Equal(200, (await client.RedeemAsync(code)).Status);
    }

    // C11
    [Fact]
    public async Task Using_two_client_authentication_methods_at_once_is_refused()
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = "client_secret_basic");
        var code = await client.GetCodeAsync(_browser);

        using var response = await PostAsync(client, code, Basic(client.ClientId, client.ClientSecret!), secretInBody: client.ClientSecret);

        Assert.InRange((int)response.StatusCode, 400, 401);
    }

    // C12
    [Fact]
    public async Task A_wrong_secret_in_a_Basic_header_yields_401_with_a_Basic_challenge()
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = "client_secret_basic");
        var code = await client.GetCodeAsync(_browser);

        using var wrong = await PostAsync(client, code, Basic(client.ClientId, "wrong"), secretInBody: null);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Contains("invalid_client", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("Basic", Assert.Single(wrong.Headers.WwwAuthenticate).Scheme);

        using var right = await PostAsync(client, code, Basic(client.ClientId, client.ClientSecret!), secretInBody: null);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    // C12
    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task A_confidential_client_with_a_missing_or_wrong_secret_gets_invalid_client(string? secret)
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = "client_secret_post");
        var code = await client.GetCodeAsync(_browser);

        AssertError(await client.RedeemAsync(code, ("client_secret", secret)), [400, 401], "invalid_client");
        Assert.Equal(200, (await client.RedeemAsync(code)).Status);
    }

    // C34
    [Fact]
    public async Task An_unknown_client_and_a_wrong_secret_get_the_same_error()
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = "client_secret_post");
        var code = await client.GetCodeAsync(_browser);

        AssertError(await client.RedeemAsync(code, ("client_id", "nobody")), [400, 401], "invalid_client");
        var body = (await client.RedeemAsync(code, ("client_secret", "wrong"))).Body.ToJsonString();
        Assert.DoesNotContain("Exception", body, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
    }

    // C15
    [Fact]
    public async Task Responses_are_JSON_are_not_cached_and_set_no_cookie()
    {
        using var client = await fixture.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);

        var success = await client.RedeemAsync(code);
        var failure = await client.RedeemAsync("made-up");

        Assert.Equal((200, 400), (success.Status, failure.Status));
        Assert.All(
            [success, failure],
            answer =>
            {
                Assert.True(answer.Headers.CacheControl!.NoStore);
                Assert.False(answer.Headers.Contains("Set-Cookie"));
            }
        );
    }

    // C16, C17, C18; weaknesses 3 and 12
    [Fact]
    public async Task The_access_token_carries_the_claims_of_RFC_9068_and_no_more()
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(_browser));

        var jwt = Jwt.Read(tokens.AccessToken);

        Assert.Equal("at+jwt", jwt.Header["typ"]!.GetValue<string>());
        Assert.NotNull(jwt.Header["kid"]);
        Assert.Equal(client.Issuer, jwt["iss"]);
        Assert.Equal(client.Resource, jwt["aud"]);
        Assert.Equal(client.ClientId, jwt["client_id"]);
        Assert.Equal("openid email profile", jwt["scope"]);
        Assert.Equal(900, jwt.Payload["exp"]!.GetValue<long>() - jwt.Payload["iat"]!.GetValue<long>());
        Assert.InRange(int.Parse(tokens["expires_in"]!, System.Globalization.CultureInfo.InvariantCulture), 895, 900);
        Assert.Equal("Bearer", tokens["token_type"]);
        Assert.True(
            new[] { "iss", "aud", "client_id", "scope", "exp", "iat", "nbf", "sub", "sid", "jti", "auth_time" }
                .ToHashSet()
                .SetEquals(jwt.Payload.Select(claim => claim.Key)),
            jwt.Payload.ToJsonString()
        );
        Assert.NotEqual(jwt["jti"], Jwt.Read((await client.RefreshAsync(tokens.RefreshToken)).AccessToken)["jti"]);
    }

    // C16; weakness 5 (a new sub with every sign-in)
    [Fact]
    public async Task The_subject_stays_the_same_for_a_person_and_differs_between_people()
    {
        using var first = await fixture.RegisterAsync();
        using var second = await fixture.RegisterAsync();
        using var otherBrowser = new Browser();
        using var bob = new Browser { UserName = "bob" };

        var alice = Jwt.Read((await first.SignInAsync(_browser)).AccessToken);
        var aliceAgain = Jwt.Read((await second.SignInAsync(otherBrowser)).AccessToken);
        var somebodyElse = Jwt.Read((await second.SignInAsync(bob)).AccessToken);

        Assert.Equal(alice["sub"], aliceAgain["sub"]);
        Assert.NotEqual(alice["sid"], aliceAgain["sid"]);
        Assert.NotEqual(alice["sub"], somebodyElse["sub"]);
        Assert.NotEqual("alice", alice["sub"]);
    }

    // A21, C18
    [Theory]
    [InlineData(true, "openid", true)]
    [InlineData(true, "openid offline_access", true)]
    [InlineData(false, "openid offline_access", false)]
    public async Task A_refresh_token_is_issued_to_a_client_registered_for_it_regardless_of_the_requested_scope(
        bool registered,
        string scope,
        bool issued
    )
    {
        using var client = await fixture.RegisterAsync(change: metadata =>
            metadata["grant_types"] = registered
                ? new System.Text.Json.Nodes.JsonArray("authorization_code", "refresh_token")
                : new System.Text.Json.Nodes.JsonArray("authorization_code")
        );

        var tokens = await client.RedeemAsync(await client.GetCodeAsync(_browser, ("scope", scope)));

        Assert.Equal(200, tokens.Status);
        Assert.Equal(issued, tokens["refresh_token"] is not null);
    }

    // H19; weakness 17 (secrets in plain text)
    [Fact]
    public async Task No_code_token_or_secret_is_stored_in_plain_text()
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = "client_secret_post");
        var code = await client.GetCodeAsync(_browser);
        var pending = fixture.DumpStore();
        var tokens = await client.RedeemAsync(code);
        var refreshed = await client.RefreshAsync(tokens.RefreshToken);
        var dump = pending + fixture.DumpStore();

        foreach (
            var secret in new[]
            {
                code,
                client.ClientSecret!,
                client.Verifier,
                tokens.AccessToken,
                tokens.RefreshToken,
                refreshed.RefreshToken,
                tokens["id_token"]!,
                "alice@example.com",
            }
        )
        {
            Assert.DoesNotContain(secret, dump, StringComparison.Ordinal);
        }
    }

    private static void AssertError(TokenAnswer answer, int status, string error) => AssertError(answer, [status], error);

    private static void AssertError(TokenAnswer answer, int[] statuses, string error)
    {
        Assert.True(answer.Error == error && statuses.Contains(answer.Status), $"{answer.Status} {answer.Body.ToJsonString()}");
        Assert.Null(answer["access_token"]);
    }

    private static AuthenticationHeaderValue Basic(string id, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(secret)}")));

    private static async Task<HttpResponseMessage> PostAsync(
        OAuthClient client,
        string code,
        AuthenticationHeaderValue authorization,
        string? secretInBody
    )
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = client.RedirectUri,
            ["code_verifier"] = client.Verifier,
        };
        if (secretInBody is not null)
        {
            (form["client_id"], form["client_secret"]) = (client.ClientId, secretInBody);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, client.Issuer + "/token") { Content = new FormUrlEncodedContent(form) };
        request.Headers.Authorization = authorization;
        return await client.Http.SendAsync(request);
    }
}
