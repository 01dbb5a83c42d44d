using System.Net;
using System.Net.Http.Headers;
using System.Text;
using McpOidc.Tests.Hosting;
using Microsoft.Data.Sqlite;

namespace McpOidc.Tests.Token;

/// <summary>Codes, tokens and rotation (security cases C; npm weaknesses 3, 5, 6, 14, 15).</summary>
public sealed class TokenEndpointTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IAsyncLifetime
{
    private readonly OAuthClient _client = fixture.System.CreateClient();
    private readonly Browser _browser = new();

    public async Task InitializeAsync() => await _client.RegisterAsync();

    public Task DisposeAsync()
    {
        _client.Dispose();
        _browser.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task An_access_token_has_the_RFC_9068_format_and_the_response_is_never_cached()
    {
        var tokens = await _client.SignInAsync(_browser);
        var claims = JwtReader.Payload(tokens.AccessToken);
        Assert.Equal("at+jwt", JwtReader.Header(tokens.AccessToken)["typ"]!.GetValue<string>());
        Assert.Equal("ES256", JwtReader.Header(tokens.AccessToken)["alg"]!.GetValue<string>());
        Assert.Equal(fixture.System.Issuer, claims["iss"]!.GetValue<string>());
        Assert.Equal(fixture.System.Resource, claims["aud"]!.GetValue<string>());
        Assert.Equal(_client.ClientId, claims["client_id"]!.GetValue<string>());
        Assert.Equal("openid email profile", claims["scope"]!.GetValue<string>());
        Assert.Equal(900, claims["exp"]!.GetValue<long>() - claims["iat"]!.GetValue<long>());
        Assert.All(new[] { "sub", "sid", "jti", "nbf" }, name => Assert.NotNull(claims[name]));
        Assert.DoesNotContain(claims, claim => claim.Key.StartsWith("oi_", StringComparison.Ordinal) || claim.Key == "email");
        Assert.True(tokens.Headers.CacheControl!.NoStore);
        Assert.Equal("Bearer", tokens["token_type"]);
        Assert.Equal(fixture.System.Issuer, JwtReader.Payload(tokens["id_token"]!)["iss"]!.GetValue<string>());
        Assert.Equal("alice@example.com", JwtReader.Payload(tokens["id_token"]!)["email"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_person_has_the_same_subject_at_every_sign_in_and_shares_it_with_no_other_person()
    {
        var first = await _client.SignInAsync(_browser);
        using var elsewhere = new Browser();
        using var bobs = new Browser { UserName = "bob" };
        var again = await _client.SignInAsync(elsewhere);
        var bob = await _client.SignInAsync(bobs);
        Assert.Equal(Subject(first), Subject(again));
        Assert.NotEqual(Subject(first), Subject(bob));
    }

    [Fact]
    public async Task A_code_used_twice_is_refused_and_its_tokens_are_revoked()
    {
        var code = await _client.GetCodeAsync(_browser);
        var tokens = await _client.RedeemAsync(code);
        Assert.Equal("invalid_grant", (await _client.RedeemAsync(code)).Error);
        Assert.Equal("invalid_grant", (await _client.RefreshAsync(tokens.RefreshToken)).Error);
        fixture.System.Clock.Advance(TimeSpan.FromSeconds(2));
        using var call = await _client.CallAsync($"{fixture.System.McpOrigin}/echo", tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, call.StatusCode);
    }

    [Fact]
    public async Task Exactly_one_of_two_hundred_parallel_redemptions_of_a_code_succeeds_with_a_SQLite_file()
    {
        var code = await _client.GetCodeAsync(_browser);
        var answers = await Task.Run(() => Task.WhenAll(Enumerable.Range(0, 200).Select(_ => _client.RedeemAsync(code))));
        Assert.Single(answers, answer => answer.Status == 200);
    }

    [Theory]
    [InlineData("code_verifier", "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong", "invalid_grant")]
    [InlineData("code_verifier", null, "invalid_request")]
    [InlineData("redirect_uri", "http://127.0.0.1:7777/other", "invalid_grant")]
    [InlineData("resource", "https://other.example/mcp", "invalid_target")]
    [InlineData("code", "made.up", "invalid_grant")]
    [InlineData("client_id", "unknown", "invalid_client")]
    public async Task A_code_cannot_be_redeemed_with_any_wrong_parameter(string parameter, string? value, string error) =>
        Assert.Equal(error, (await _client.RedeemAsync(await _client.GetCodeAsync(_browser), (parameter, value))).Error);

    [Fact]
    public async Task A_code_or_refresh_token_of_another_client_is_refused()
    {
        using var other = fixture.System.CreateClient();
        await other.RegisterAsync();
        var stolen = await other.TokenAsync([
            ("grant_type", "authorization_code"),
            ("code", await _client.GetCodeAsync(_browser)),
            ("redirect_uri", _client.RedirectUri),
            ("code_verifier", _client.Verifier),
        ]);
        Assert.Equal("invalid_grant", stolen.Error);
        var tokens = await _client.SignInAsync(_browser);
        Assert.Equal("invalid_grant", (await other.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Fact]
    public async Task A_code_expires_after_a_minute()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);
        system.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("invalid_grant", (await client.RedeemAsync(code)).Error);
    }

    [Fact]
    public async Task Every_retry_of_a_refresh_token_gets_the_same_successor_until_that_is_used()
    {
        var tokens = await _client.SignInAsync(_browser);
        var answers = await Task.Run(() => Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _client.RefreshAsync(tokens.RefreshToken))));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        var successor = Assert.Single(answers.Select(answer => answer.RefreshToken).Distinct());
        Assert.NotEqual(tokens.RefreshToken, successor);
        Assert.Equal(200, (await _client.RefreshAsync(successor)).Status);
    }

    [Fact]
    public async Task Use_of_an_older_refresh_token_is_treated_as_theft_and_ends_only_that_installation()
    {
        var stolen = await _client.SignInAsync(_browser);
        var elsewhere = await _client.SignInAsync(_browser);
        var second = await _client.RefreshAsync(stolen.RefreshToken);
        var third = await _client.RefreshAsync(second.RefreshToken);

        Assert.Equal("invalid_grant", (await _client.RefreshAsync(stolen.RefreshToken)).Error);
        Assert.Equal("invalid_grant", (await _client.RefreshAsync(third.RefreshToken)).Error);
        Assert.Equal(200, (await _client.RefreshAsync(elsewhere.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_fabricated_refresh_token_for_a_known_session_revokes_nothing()
    {
        var tokens = await _client.SignInAsync(_browser);
        var sid = JwtReader.Payload(tokens.AccessToken)["sid"]!.GetValue<string>();
        Assert.Equal("invalid_grant", (await _client.RefreshAsync($"{sid}.{new string('A', 43)}.{new string('A', 22)}")).Error);
        Assert.Equal(200, (await _client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_refresh_can_narrow_the_scopes_once_and_can_neither_widen_them_nor_change_the_resource()
    {
        var tokens = await _client.SignInAsync(_browser);
        var narrow = await _client.RefreshAsync(tokens.RefreshToken, ("scope", "openid"));
        Assert.Equal("openid", JwtReader.Payload(narrow.AccessToken)["scope"]!.GetValue<string>());
        var full = await _client.RefreshAsync(narrow.RefreshToken);
        Assert.Equal("openid email profile", JwtReader.Payload(full.AccessToken)["scope"]!.GetValue<string>());
        Assert.Equal("invalid_scope", (await _client.RefreshAsync(full.RefreshToken, ("scope", "openid offline_access"))).Error);
        Assert.Equal("invalid_target", (await _client.RefreshAsync(full.RefreshToken, ("resource", "https://other.example/"))).Error);
        Assert.Equal(200, (await _client.RefreshAsync(full.RefreshToken)).Status);
    }

    [Fact]
    public async Task A_client_that_refreshes_stays_signed_in_and_one_that_is_idle_for_a_month_is_signed_out()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        var tokens = await client.SignInAsync(_browser);
        for (var i = 0; i < 12; i++)
        {
            system.Clock.Advance(TimeSpan.FromDays(29));
            tokens = await client.RefreshAsync(tokens.RefreshToken);
            Assert.Equal(200, tokens.Status);
        }

        // The user has to sign in again once a year.
        system.Clock.Advance(TimeSpan.FromDays(20));
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);

        var idle = await client.SignInAsync(_browser);
        system.Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal("invalid_grant", (await client.RefreshAsync(idle.RefreshToken)).Error);
    }

    [Fact]
    public async Task A_client_that_did_not_register_for_refresh_tokens_gets_none_even_for_offline_access()
    {
        var metadata = OAuthClient.Metadata(_client.RedirectUri);
        metadata["grant_types"] = new System.Text.Json.Nodes.JsonArray("authorization_code");
        await _client.RegisterAsync(metadata);
        var tokens = await _client.RedeemAsync(await _client.GetCodeAsync(_browser, ("scope", "openid offline_access")));
        Assert.Equal(200, tokens.Status);
        Assert.Null(tokens["refresh_token"]);
    }

    [Fact]
    public async Task Confidential_clients_authenticate_with_either_method_and_their_refresh_tokens_rotate_too()
    {
        var metadata = OAuthClient.Metadata(_client.RedirectUri);
        metadata["token_endpoint_auth_method"] = "client_secret_post";
        await _client.RegisterAsync(metadata);
        var tokens = await _client.SignInAsync(_browser);
        Assert.NotEqual(tokens.RefreshToken, (await _client.RefreshAsync(tokens.RefreshToken)).RefreshToken);

        var secret = _client.ClientSecret;
        _client.ClientSecret = "wrong";
        Assert.Equal(401, (await _client.RefreshAsync(tokens.RefreshToken)).Status);
        _client.ClientSecret = null;
        Assert.Equal("invalid_client", (await _client.RefreshAsync(tokens.RefreshToken)).Error);

        foreach (var (password, status) in new[] { (secret, HttpStatusCode.OK), ("wrong", HttpStatusCode.Unauthorized) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{_client.Issuer}/token");
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_client.ClientId}:{password}"))
            );
            request.Content = new FormUrlEncodedContent([new("grant_type", "refresh_token"), new("refresh_token", tokens.RefreshToken)]);
            using var response = await _client.Http.SendAsync(request);
            Assert.Equal(status, response.StatusCode);
            Assert.Equal(
                status == HttpStatusCode.Unauthorized,
                response.Headers.WwwAuthenticate.Any(challenge => challenge.Scheme == "Basic")
            );
        }
    }

    [Theory]
    [InlineData("password")]
    [InlineData("client_credentials")]
    [InlineData("urn:ietf:params:oauth:grant-type:device_code")]
    [InlineData("made_up")]
    public async Task Other_grant_types_are_not_supported(string grantType) =>
        Assert.Equal("unsupported_grant_type", (await _client.TokenAsync([("grant_type", grantType)])).Error);

    [Fact]
    public async Task The_endpoint_accepts_only_posted_forms()
    {
        using var get = await _client.Http.GetAsync($"{_client.Issuer}/token?grant_type=authorization_code");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
        using var json = await _client.Http.PostAsync(
            $"{_client.Issuer}/token",
            new StringContent("{}", Encoding.UTF8, "application/json")
        );
        Assert.Equal(HttpStatusCode.BadRequest, json.StatusCode);
    }

    [Fact]
    public async Task Rotation_does_not_enlarge_the_store_or_leave_a_secret_readable()
    {
        using var store = TestStore.Sqlite();
        var file = store.Settings[0].Value!;
        await using var system = await TestSystem.StartAsync(store: store);
        using var client = system.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["token_endpoint_auth_method"] = "client_secret_post";
        await client.RegisterAsync(metadata);
        var code = await client.GetCodeAsync(_browser);
        var tokens = await client.RedeemAsync(code);
        var before = Records(file).Count;
        for (var i = 0; i < 25; i++)
        {
            tokens = await client.RefreshAsync(tokens.RefreshToken);
        }

        var records = Records(file);
        Assert.Equal(before, records.Count);
        var everything = string.Concat(records);
        Assert.All(
            new[]
            {
                code,
                code.Split('.')[1],
                tokens.RefreshToken,
                tokens.RefreshToken.Split('.')[1],
                client.ClientSecret!,
                "alice@example.com",
                "upstream",
                "eyJ",
            },
            secret => Assert.DoesNotContain(secret, everything, StringComparison.Ordinal)
        );
    }

    private static List<string> Records(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT key, value FROM records";
        using var reader = command.ExecuteReader();
        var records = new List<string>();
        while (reader.Read())
        {
            records.Add(reader.GetString(0) + " " + Encoding.Latin1.GetString((byte[])reader.GetValue(1)));
        }

        return records;
    }

    private static string Subject(TokenAnswer tokens) => JwtReader.Payload(tokens.AccessToken)["sub"]!.GetValue<string>();
}
