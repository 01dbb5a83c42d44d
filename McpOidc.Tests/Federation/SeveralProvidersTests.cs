using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Federation;

/// <summary>Several identity providers side by side.</summary>
public sealed class SeveralProvidersTests : IAsyncLifetime
{
    private FaultyIdentityProvider _staff = null!;
    private FaultyIdentityProvider _partners = null!;
    private TestSystem _system = null!;

    public async Task InitializeAsync()
    {
        _staff = await FaultyIdentityProvider.StartAsync();
        _partners = await FaultyIdentityProvider.StartAsync();
        _system = await TestSystem.StartAsync(options =>
        {
            options.Provider = new IdentityProviderSettings("", "", null);
            options.Map = SessionEndpoint.Map;
            Configure(options, "staff", _staff, "Example staff", "example.com");
            Configure(options, "partners", _partners, "Partners <b>", "partner.example");
        });
    }

    public async Task DisposeAsync()
    {
        await _system.DisposeAsync();
        await _staff.DisposeAsync();
        await _partners.DisposeAsync();
    }

    [Theory]
    [InlineData("staff")]
    [InlineData("partners")]
    public async Task A_person_chooses_a_provider_after_consent_and_signs_in_there(string chosen)
    {
        using var client = _system.CreateClient();
        using var browser = new Browser { Provider = chosen };
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(
            (chosen == "staff" ? 1 : 0, chosen == "partners" ? 1 : 0),
            (browser.VisitsOf(_staff.Issuer), browser.VisitsOf(_partners.Issuer))
        );
        var visited = browser.Visited.ToList();
        Assert.True(
            visited.FindIndex(url => url.EndsWith("/oauth/consent", StringComparison.Ordinal))
                < visited.FindIndex(url => url.EndsWith("/oauth/choose", StringComparison.Ordinal))
        );
        using var response = await client.CallAsync(_system.McpOrigin + "/session", tokens.AccessToken, HttpMethod.Get);
        Assert.Contains(
            (chosen == "staff" ? _staff : _partners).Issuer,
            await response.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_same_sub_at_two_providers_is_two_people()
    {
        using var client = _system.CreateClient();
        using var one = new Browser { Provider = "staff" };
        using var other = new Browser { Provider = "partners" };
        Assert.NotEqual(SubjectOf(await client.SignInAsync(one)), SubjectOf(await client.SignInAsync(other)));
    }

    [Theory]
    [InlineData("somebody@example.com", 1, 0)]
    [InlineData("somebody@PARTNER.example", 0, 1)]
    public async Task The_domain_of_a_login_hint_selects_the_provider(string hint, int atStaff, int atPartners)
    {
        using var client = _system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        await client.GetCodeAsync(browser, ("login_hint", hint));
        Assert.Equal((atStaff, atPartners), (browser.VisitsOf(_staff.Issuer), browser.VisitsOf(_partners.Issuer)));
        Assert.DoesNotContain(browser.Visited, url => url.EndsWith("/oauth/choose", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("somebody@elsewhere.example")]
    [InlineData("example.com")]
    [InlineData("a@b@example.com")]
    public async Task A_login_hint_with_another_domain_leaves_the_choice_to_the_person(string hint)
    {
        using var client = _system.CreateClient();
        using var browser = new Browser { Provider = "partners" };
        await client.RegisterAsync();
        await client.GetCodeAsync(browser, ("login_hint", hint));
        Assert.Contains(browser.Visited, url => url.EndsWith("/oauth/choose", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_page_lists_the_providers_escapes_their_names_and_can_be_submitted_once()
    {
        using var client = _system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var page = await browser.OpenAsync(client.AuthorizeUrl(), uri => uri.AbsolutePath == "/oauth/choose" && uri.Query.Length == 0);
        Assert.Contains("Example staff", page.Html, StringComparison.Ordinal);
        Assert.Contains("Partners &lt;b&gt;", page.Html, StringComparison.Ordinal);

        var (action, fields) = browser.ReadForm(page.Html!, page.Uri)!.Value;
        foreach (var (field, value) in new[] { ("token", "forged"), ("provider", "nobody"), ("provider", "") })
        {
            using var refused = await browser.PostAsync(action, new Dictionary<string, string>(fields) { [field] = value });
            await refused.ExpectErrorPageAsync();
        }

        fields["provider"] = "staff";
        using var stranger = new Browser();
        using var elsewhere = await stranger.PostAsync(action, fields);
        await elsewhere.ExpectErrorPageAsync();
        using var first = await browser.PostAsync(action, fields);
        Assert.Equal(303, (int)first.StatusCode);
        Assert.StartsWith(_staff.Issuer, first.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
        using var again = await browser.PostAsync(action, fields);
        Assert.Equal(first.Headers.Location, again.Headers.Location);
    }

    [Fact]
    public async Task A_response_from_another_provider_than_the_one_asked_is_refused()
    {
        _staff.Callback = parameters => parameters["iss"] = _partners.Issuer;
        using var client = _system.CreateClient();
        using var browser = new Browser { Provider = "staff" };
        await client.RegisterAsync();
        Assert.Equal("server_error", (await client.AuthorizeAsync(browser)).Query("error"));

        // Also without iss: the code goes to the provider that was asked, which would have to sign the id_token.
        _staff.Callback = null;
        _staff.Claims = claims => claims["iss"] = _partners.Issuer;
        Assert.Equal("server_error", (await client.AuthorizeAsync(browser)).Query("error"));
    }

    [Fact]
    public async Task The_tokens_of_a_person_are_refreshed_at_the_persons_own_provider()
    {
        using var client = _system.CreateClient();
        using var browser = new Browser { Provider = "partners" };
        var tokens = await client.SignInAsync(browser);
        _partners.Claims = claims => claims.Remove("nonce");
        _system.Clock.Advance(TimeSpan.FromMinutes(2));
        using var response = await client.CallAsync(_system.McpOrigin + "/idp-token", tokens.AccessToken, HttpMethod.Get);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal((0, 2), (_staff.TokenRequests, _partners.TokenRequests));
    }

    [Fact]
    public async Task Each_provider_ends_the_sign_ins_of_its_own_people_only()
    {
        using var client = _system.CreateClient();
        using var one = new Browser { Provider = "staff" };
        using var other = new Browser { Provider = "partners" };
        var (staff, partner) = (await client.SignInAsync(one), await client.SignInAsync(other));
        using var form = new FormUrlEncodedContent([new("logout_token", _partners.CreateLogoutToken())]);
        using var ended = await client.Http.PostAsync(_system.Issuer + "/oauth/backchannel-logout", form);
        Assert.Equal(200, (int)ended.StatusCode);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(partner.RefreshToken)).Error);
        Assert.Equal(200, (await client.RefreshAsync(staff.RefreshToken)).Status);
    }

    [Fact]
    public async Task An_invalid_named_provider_prevents_the_start_and_the_error_names_its_setting()
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(() =>
            TestSystem.StartAsync(options =>
            {
                options.Set("McpOidc:IdentityProvider:Providers:partners:Issuer", "http://partners.example");
                options.Set("McpOidc:IdentityProvider:Providers:partners:ClientId", "id");
            })
        );
        Assert.Contains("McpOidc__IdentityProvider__Providers__partners__Issuer", exception.Message, StringComparison.Ordinal);
    }

    private static string SubjectOf(TokenAnswer tokens) => JwtReader.Payload(tokens.AccessToken)["sub"]!.ToString();

    private static void Configure(
        TestSystemOptions options,
        string name,
        FaultyIdentityProvider provider,
        string displayName,
        string domain
    )
    {
        options.Set($"McpOidc:IdentityProvider:Providers:{name}:Issuer", provider.Issuer);
        options.Set($"McpOidc:IdentityProvider:Providers:{name}:ClientId", FaultyIdentityProvider.ClientId);
        options.Set($"McpOidc:IdentityProvider:Providers:{name}:ClientSecret", FaultyIdentityProvider.ClientSecret);
        options.Set($"McpOidc:IdentityProvider:Providers:{name}:DisplayName", displayName);
        options.Set($"McpOidc:IdentityProvider:Providers:{name}:Domains:0", domain);
    }
}
