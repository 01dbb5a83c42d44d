using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization;

/// <summary>Which authorization requests get an error page, which get an error redirect, and which proceed (security cases A).</summary>
public sealed class AuthorizationRequestTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IAsyncLifetime
{
    private readonly OAuthClient _client = fixture.System.CreateClient();
    private readonly Browser _browser = new();

    public async Task InitializeAsync()
    {
        _client.RedirectUri = "https://app.example/cb";
        await _client.RegisterAsync(OAuthClient.Metadata("https://app.example/cb", "http://127.0.0.1/cb"));
    }

    public Task DisposeAsync()
    {
        _client.Dispose();
        _browser.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("client_id", "unknown")]
    [InlineData("redirect_uri", null)]
    [InlineData("redirect_uri", "https://app.example/cb/")]
    [InlineData("redirect_uri", "https://app.example/CB")]
    [InlineData("redirect_uri", "https://app.example/cb?x=1")]
    [InlineData("redirect_uri", "https://app.example/cb#f")]
    [InlineData("redirect_uri", "https://user@app.example/cb")]
    [InlineData("redirect_uri", "http://app.example/cb")]
    [InlineData("redirect_uri", "https://app.example/%63b")]
    [InlineData("redirect_uri", "https://app.example\\@evil.test/cb")]
    [InlineData("redirect_uri", "https://evil.test/cb")]
    [InlineData("redirect_uri", "http://127.0.0.1.evil.test/cb")]
    [InlineData("redirect_uri", "http://localhost/cb")]
    [InlineData("redirect_uri", "http://127.1/cb")]
    [InlineData("redirect_uri", "javascript:alert(1)")]
    public async Task An_unknown_client_or_redirect_URI_gets_an_error_page_and_no_redirect(string parameter, string? value)
    {
        using var response = await _browser.GetAsync(_client.AuthorizeUrl((parameter, value)));

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Null(response.Headers.Location);
        var page = await response.Content.ReadAsStringAsync();
        Assert.Contains("Reference: <code>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", page, StringComparison.Ordinal);
        Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
    }

    [Theory]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "short", "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("code_challenge_method", null, "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", "id_token", "unsupported_response_type")]
    [InlineData("response_type", "code token", "unsupported_response_type")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("response_mode", "form_post", "invalid_request")]
    [InlineData("resource", "https://other.example/mcp", "invalid_target")]
    [InlineData("resource", "/relative", "invalid_target")]
    [InlineData("resource", "http://user@localhost/mcp", "invalid_target")]
    [InlineData("request", "eyJ", "request_not_supported")]
    [InlineData("request_uri", "https://evil.test/r", "request_uri_not_supported")]
    [InlineData("prompt", "none", "login_required")]
    public async Task An_invalid_request_of_a_known_client_is_returned_to_it_with_state_and_issuer(
        string parameter,
        string? value,
        string error
    )
    {
        // An address that has never been vouched for gets a page instead: UntrustedRedirectTests.
        _client.RedirectUri = "http://127.0.0.1/cb";
        var result = await _client.AuthorizeAsync(_browser, (parameter, value));

        Assert.Equal(error, result.Query("error"));
        Assert.Equal("state-1", result.Query("state"));
        Assert.Equal(fixture.System.Issuer, result.Query("iss"));
        Assert.Null(result.Query("code"));
    }

    [Fact]
    public async Task A_state_longer_than_four_thousand_characters_is_refused()
    {
        _client.RedirectUri = "http://127.0.0.1/cb";
        Assert.Equal("invalid_request", (await _client.AuthorizeAsync(_browser, ("state", new string('x', 5000)))).Query("error"));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("a&b=c d+e%20#\"'<>")]
    [InlineData("line\r\nSet-Cookie: x=1")]
    [InlineData("emoji 😀 ü")]
    public async Task The_state_is_returned_unchanged(string state) =>
        Assert.Equal(state, (await _client.AuthorizeAsync(_browser, ("state", state))).Query("state"));

    [Fact]
    public async Task A_duplicate_parameter_is_refused()
    {
        using var twiceClient = await _browser.GetAsync(_client.AuthorizeUrl() + "&client_id=" + _client.ClientId);
        Assert.Equal(400, (int)twiceClient.StatusCode);
        _client.RedirectUri = "http://127.0.0.1/cb";
        var twiceState = await _browser.OpenAsync(_client.AuthorizeUrl() + "&scope=openid", _client.IsRedirectUri);
        Assert.Equal("invalid_request", twiceState.Query("error"));
    }

    [Fact]
    public async Task A_loopback_redirect_URI_may_use_any_port()
    {
        _client.RedirectUri = "http://127.0.0.1:54321/cb";
        Assert.NotNull(await _client.GetCodeAsync(_browser));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task The_audience_is_the_resource_as_the_client_wrote_it(string suffix)
    {
        var asked = fixture.System.Resource.Replace("http://localhost", "HTTP://LOCALHOST", StringComparison.Ordinal) + suffix;
        var tokens = await _client.RedeemAsync(await _client.GetCodeAsync(_browser, ("resource", asked)), ("resource", asked));
        Assert.Equal(asked, JwtReader.Payload(tokens.AccessToken)["aud"]!.GetValue<string>());
        using var call = await _client.CallAsync($"{fixture.System.McpOrigin}/echo", tokens.AccessToken);
        Assert.True(call.IsSuccessStatusCode);
    }

    [Fact]
    public async Task The_resource_defaults_to_the_only_one_and_unknown_scopes_are_dropped()
    {
        var code = await _client.GetCodeAsync(_browser, ("resource", null), ("scope", "openid admin root"));
        var tokens = await _client.RedeemAsync(code, ("resource", null));
        Assert.Equal(fixture.System.Resource, JwtReader.Payload(tokens.AccessToken)["aud"]!.GetValue<string>());
        Assert.Equal("openid", tokens["scope"]);
    }

    [Fact]
    public async Task A_request_that_names_none_of_several_resources_is_refused()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Set("McpOidc:Resources:1:Uri", "https://other.example/mcp");
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        Assert.Equal("invalid_target", (await client.AuthorizeAsync(browser, ("resource", null))).Query("error"));
        Assert.NotNull(await client.GetCodeAsync(browser, ("resource", "https://other.example/mcp")));
    }

    [Fact]
    public async Task Prompt_none_yields_a_code_after_sign_in_and_consent_and_consent_required_for_anything_more()
    {
        await _client.GetCodeAsync(_browser, ("scope", "openid"));
        Assert.NotNull((await _client.AuthorizeAsync(_browser, ("scope", "openid"), ("prompt", "none"))).Query("code"));
        Assert.Equal(
            "consent_required",
            (await _client.AuthorizeAsync(_browser, ("scope", "openid email"), ("prompt", "none"))).Query("error")
        );
    }

    [Theory]
    [InlineData("login")]
    [InlineData("select_account")]
    public async Task Prompt_login_sends_the_person_to_the_identity_provider_again(string prompt)
    {
        await _client.GetCodeAsync(_browser);
        var before = _browser.Visited.Count;
        await _client.GetCodeAsync(_browser, ("prompt", prompt));
        Assert.Contains(_browser.Visited.Skip(before), url => url.StartsWith(fixture.System.Idp!.Issuer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Max_age_requires_a_fresh_sign_in()
    {
        await _client.GetCodeAsync(_browser);
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("login_required", (await _client.AuthorizeAsync(_browser, ("prompt", "none"), ("max_age", "60"))).Query("error"));
    }

    [Fact]
    public async Task A_request_can_be_sent_by_POST()
    {
        var url = new Uri(_client.AuthorizeUrl());
        var fields = System.Web.HttpUtility.ParseQueryString(url.Query);
        using var response = await _browser.PostAsync(
            new Uri(url.GetLeftPart(UriPartial.Path)),
            fields.AllKeys.Select(key => KeyValuePair.Create(key!, fields[key]!))
        );
        Assert.Equal(303, (int)response.StatusCode);
    }
}
