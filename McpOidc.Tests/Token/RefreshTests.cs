using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token;

/// <summary>Refresh tokens: every use returns a new one, a lost response locks no one out, and theft ends only one installation.</summary>
public sealed class RefreshTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    // C18
    [Fact]
    public async Task Each_use_yields_a_new_token_with_the_same_scopes()
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);

        var first = await client.RefreshAsync(tokens.RefreshToken);
        var second = await client.RefreshAsync(first.RefreshToken, ("resource", null));

        Assert.Equal(3, new[] { tokens.RefreshToken, first.RefreshToken, second.RefreshToken }.Distinct().Count());
        Assert.Equal("openid email profile", second["scope"]);
        Assert.Equal(client.Resource, Jwt.Read(second.AccessToken)["aud"]);
        Assert.Equal(Jwt.Read(tokens.AccessToken)["sid"], Jwt.Read(second.AccessToken)["sid"]);
    }

    [Fact]
    public async Task Each_response_with_a_refresh_token_says_when_it_expires_if_unused()
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);
        var first = await client.RefreshAsync(tokens.RefreshToken);
        var retried = await client.RefreshAsync(tokens.RefreshToken);

        var whole = (int)new McpOidc.Configuration.TokenOptions().RefreshTokenLifetime.TotalSeconds;
        Assert.All(
            new[] { tokens, first, retried },
            answer =>
                Assert.InRange(
                    int.Parse(answer["refresh_token_expires_in"]!, System.Globalization.CultureInfo.InvariantCulture),
                    whole - 60,
                    whole
                )
        );

        using var without = await fixture.RegisterAsync(change: metadata =>
            metadata["grant_types"] = new System.Text.Json.Nodes.JsonArray("authorization_code")
        );
        Assert.Null((await without.SignInAsync(_browser))["refresh_token_expires_in"]);
    }

    // C18: the npm package rotates only for public clients.
    [Fact]
    public async Task Refresh_tokens_of_confidential_clients_rotate_too()
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = "client_secret_post");
        var tokens = await client.SignInAsync(_browser);

        Assert.NotEqual(tokens.RefreshToken, (await client.RefreshAsync(tokens.RefreshToken)).RefreshToken);
    }

    // C20, C21
    [Fact]
    public async Task A_retry_gets_the_same_successor_no_matter_how_late()
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);
        var first = await client.RefreshAsync(tokens.RefreshToken);
        fixture.System.Clock.Advance(TimeSpan.FromDays(3));

        var retry = await client.RefreshAsync(tokens.RefreshToken);

        Assert.Equal(first.RefreshToken, retry.RefreshToken);
        Assert.Equal(200, (await client.RefreshAsync(retry.RefreshToken)).Status);
    }

    // C19
    [Fact]
    public async Task Reuse_of_an_ancestor_ends_its_installation_and_no_other()
    {
        using var client = await fixture.RegisterAsync();
        using var elsewhere = new Browser();
        var stolen = await client.SignInAsync(_browser);
        var other = await client.SignInAsync(elsewhere);
        var first = await client.RefreshAsync(stolen.RefreshToken);
        var second = await client.RefreshAsync(first.RefreshToken);

        Assert.Equal("invalid_grant", (await client.RefreshAsync(stolen.RefreshToken)).Error);

        Assert.Equal("invalid_grant", (await client.RefreshAsync(second.RefreshToken)).Error);
        using var call = await client.CallAsync(fixture.System.Issuer + "/me", second.AccessToken, HttpMethod.Get);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, call.StatusCode);
        Assert.Equal(200, (await client.RefreshAsync(other.RefreshToken)).Status);
    }

    // C22
    [Fact]
    public async Task A_refresh_by_another_client_yields_invalid_grant()
    {
        using var client = await fixture.RegisterAsync();
        using var thief = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);

        Assert.Equal("invalid_grant", (await thief.RefreshAsync(tokens.RefreshToken)).Error);
    }

    // C22
    [Theory]
    [InlineData("made-up")]
    [InlineData("a.b.c")]
    [InlineData("{grant}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_fabricated_token_yields_invalid_grant_and_revokes_nothing(string value)
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);

        Assert.Equal(
            "invalid_grant",
            (await client.RefreshAsync(value.Replace("{grant}", tokens.RefreshToken.Split('.')[0], StringComparison.Ordinal))).Error
        );
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    // C23
    [Theory]
    [InlineData("openid email profile")]
    [InlineData("profile")]
    [InlineData("openid email offline_access made:up")]
    public async Task A_wider_scope_yields_invalid_scope(string scope)
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(_browser, ("scope", "openid email")));

        Assert.Equal("invalid_scope", (await client.RefreshAsync(tokens.RefreshToken, ("scope", scope))).Error);
    }

    // C23: mcp-remote 0.15.1 repeats at every refresh the scope it sent to /authorize, which drops unknown scopes.
    [Theory]
    [InlineData("openid email custom:x", "openid email")]
    [InlineData("openid admin", "openid")]
    [InlineData("custom:x", "openid email")]
    [InlineData(" ", "openid email")]
    public async Task Scopes_dropped_by_the_authorization_endpoint_are_dropped_by_a_refresh_too(string scope, string granted)
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.RedeemAsync(await client.GetCodeAsync(_browser, ("scope", "openid email custom:x")));
        for (var i = 0; i < 3; i++)
        {
            tokens = await client.RefreshAsync(tokens.RefreshToken, ("scope", scope));
            Assert.Equal((200, granted), (tokens.Status, tokens["scope"]));
        }
    }

    // C24
    [Fact]
    public async Task A_narrower_scope_narrows_only_this_access_token()
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);

        var narrowed = await client.RefreshAsync(tokens.RefreshToken, ("scope", "openid"));
        var full = await client.RefreshAsync(narrowed.RefreshToken);

        Assert.Equal("openid", Jwt.Read(narrowed.AccessToken)["scope"]);
        Assert.Equal("openid email profile", Jwt.Read(full.AccessToken)["scope"]);
    }

    // C25
    [Fact]
    public async Task Another_resource_yields_invalid_target_and_the_refresh_token_stays_valid()
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);

        Assert.Equal("invalid_target", (await client.RefreshAsync(tokens.RefreshToken, ("resource", "https://other.example/api"))).Error);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    // C26
    [Fact]
    public async Task A_token_unused_for_30_days_yields_invalid_grant()
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);
        fixture.System.Clock.Advance(TimeSpan.FromDays(30) + TimeSpan.FromSeconds(1));

        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    // C26: the previous token can be retried only as long as it would have been valid itself.
    [Fact]
    public async Task A_token_whose_30_days_are_over_yields_no_successor_even_if_that_is_still_valid()
    {
        using var client = await fixture.RegisterAsync();
        var first = await client.SignInAsync(_browser);
        fixture.System.Clock.Advance(TimeSpan.FromDays(29));
        var second = await client.RefreshAsync(first.RefreshToken);
        Assert.Equal(second.RefreshToken, (await client.RefreshAsync(first.RefreshToken)).RefreshToken);
        fixture.System.Clock.Advance(TimeSpan.FromDays(2));

        Assert.Equal("invalid_grant", (await client.RefreshAsync(first.RefreshToken)).Error);
        Assert.Equal(200, (await client.RefreshAsync(second.RefreshToken)).Status);
    }

    // C26; weakness 6 (the grant died before its tokens)
    [Fact]
    public async Task A_token_in_use_stays_valid_until_its_absolute_expiration_after_a_year()
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);
        for (var days = 0; days < 364; days += 28)
        {
            Assert.True(tokens.Status == 200, $"After {days} days: {tokens.Body.ToJsonString()}");
            fixture.System.Clock.Advance(TimeSpan.FromDays(28));
            tokens = await client.RefreshAsync(tokens.RefreshToken);
        }

        Assert.Equal(200, tokens.Status);
        fixture.System.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    // C20; weakness 14
    [Fact]
    public async Task A_hundred_parallel_uses_of_a_refresh_token_get_one_successor()
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(_browser);

        var answers = await Task.Run(() => Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.RefreshAsync(tokens.RefreshToken))));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(200, (await client.RefreshAsync(Assert.Single(answers.Select(answer => answer.RefreshToken).Distinct()))).Status);
    }

    // Weakness 15 (each rotation left a record forever)
    [Fact]
    public async Task The_store_does_not_grow_through_rotation()
    {
        using var client = await fixture.RegisterAsync();
        var tokens = await client.RefreshAsync((await client.SignInAsync(_browser)).RefreshToken);
        var before = fixture.Count("%");

        for (var i = 0; i < 10; i++)
        {
            tokens = await client.RefreshAsync(tokens.RefreshToken);
        }

        Assert.Equal(200, tokens.Status);
        // Writes sweep out records that have expired in the meantime, so it may shrink.
        Assert.InRange(fixture.Count("%"), 0, before);
    }
}
