using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization;

/// <summary>What the user is asked, and how often.</summary>
public sealed class PromptTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    // A22
    [Fact]
    public async Task Prompt_none_in_a_new_browser_yields_login_required_without_a_page()
    {
        using var client = await fixture.RegisterAsync();

        (await client.AuthorizeAsync(_browser, ("prompt", "none"))).ExpectRedirectError(client, "login_required");

        Assert.Equal(0, _browser.ConsentPages());
    }

    // A22; weakness 10 (auto-consent)
    [Fact]
    public async Task Prompt_none_from_a_client_that_the_person_never_allowed_yields_consent_required()
    {
        using var known = await fixture.RegisterAsync();
        using var stranger = await fixture.RegisterAsync();
        await known.GetCodeAsync(_browser);

        (await stranger.AuthorizeAsync(_browser, ("prompt", "none"))).ExpectRedirectError(stranger, "consent_required");
    }

    // A22
    [Fact]
    public async Task Prompt_none_from_an_allowed_client_yields_a_code_without_a_page()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);
        var pages = _browser.Visited.Count;

        Assert.NotNull((await client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("code"));
        Assert.Equal(pages + 1, _browser.Visited.Count);
    }

    // A22
    [Fact]
    public async Task Prompt_none_combined_with_another_prompt_yields_invalid_request()
    {
        using var client = await fixture.RegisterAsync();

        (await client.AuthorizeAsync(_browser, ("prompt", "none consent"))).ExpectRedirectError(client, "invalid_request");
    }

    // A23
    [Fact]
    public async Task Prompt_consent_asks_for_consent_again()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);

        Assert.NotNull((await client.AuthorizeAsync(_browser, ("prompt", "consent"))).Query("code"));
        Assert.Equal(2, _browser.ConsentPages());
    }

    // A23
    [Fact]
    public async Task Prompt_login_sends_the_person_to_the_identity_provider_again()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);
        var visits = _browser.VisitsOf(fixture.System.Idp!.Issuer);

        Assert.NotNull((await client.AuthorizeAsync(_browser, ("prompt", "login"))).Query("code"));
        Assert.True(_browser.VisitsOf(fixture.System.Idp!.Issuer) > visits);
        Assert.Equal(1, _browser.ConsentPages());
    }

    // A23, B25: a user other than the one who allowed the client is asked.
    [Fact]
    public async Task Another_person_who_signs_in_meanwhile_is_asked_for_consent()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);
        // The identity provider forgets alice, as after a sign-out there; bob takes over the browser.
        ForgetIdentityProvider();
        _browser.UserName = "bob";

        var code = await client.GetCodeAsync(_browser, ("prompt", "login"));

        Assert.Equal(2, _browser.ConsentPages());
        Assert.NotEqual(
            await SubjectOfAliceAsync(client),
            Jwt.Read((await client.RedeemAsync(code)).AccessToken).Payload["sub"]!.GetValue<string>()
        );
    }

    // B35: the page named alice, and her consent applies only to her.
    [Fact]
    public async Task A_consent_given_by_one_person_does_not_apply_to_another_who_signs_in_afterwards()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);
        ForgetIdentityProvider();
        _browser.UserName = "bob";
        var page = await client.OpenConsentAsync(_browser, ("prompt", "login consent"));
        Assert.Contains("alice@example.com", page.Html, StringComparison.Ordinal);
        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;
        (fields["decision"], fields["remember"]) = ("allow", "yes");
        using var allowed = await _browser.PostAsync(action, fields);

        var asked = await _browser.OpenAsync(
            new Uri(action, allowed.Headers.Location!).AbsoluteUri,
            uri => client.IsRedirectUri(uri) || uri is { AbsolutePath: "/oauth/consent", Query: "" }
        );

        Assert.Contains("bob@example.com", asked.Html, StringComparison.Ordinal);
        _browser.Decision = "deny";
        (await _browser.OpenAsync(await FollowAsync(asked), client.IsRedirectUri)).ExpectRedirectError(client, "access_denied");
        (await client.AuthorizeAsync(_browser, ("prompt", "none"))).ExpectRedirectError(client, "consent_required");
    }

    [Fact]
    public async Task Max_age_requires_a_new_sign_in_when_the_last_one_is_older()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);
        var visits = _browser.VisitsOf(fixture.System.Idp!.Issuer);

        await client.GetCodeAsync(_browser, ("max_age", "300"));
        Assert.Equal(visits, _browser.VisitsOf(fixture.System.Idp!.Issuer));

        fixture.System.Clock.Advance(TimeSpan.FromSeconds(301));
        await client.GetCodeAsync(_browser, ("max_age", "300"));
        Assert.True(_browser.VisitsOf(fixture.System.Idp!.Issuer) > visits);
    }

    // A31
    [Fact]
    public async Task A_consent_page_left_open_for_more_than_ten_minutes_tells_the_person_to_start_again()
    {
        using var client = await fixture.RegisterAsync();
        var page = await client.OpenConsentAsync(_browser);
        fixture.System.Clock.Advance(TimeSpan.FromSeconds(601));
        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;

        using var response = await _browser.PostAsync(action, fields);

        Assert.Contains("connect again", await response.ExpectErrorPageAsync(), StringComparison.Ordinal);
    }

    // A31
    [Fact]
    public async Task A_sign_in_that_took_more_than_ten_minutes_tells_the_person_to_start_again()
    {
        using var client = await fixture.RegisterAsync();
        var atProvider = await _browser.OpenAsync(client.AuthorizeUrl(), uri => uri.AbsolutePath == "/oauth/callback");
        fixture.System.Clock.Advance(TimeSpan.FromSeconds(601));

        using var response = await _browser.GetAsync(atProvider.Uri.AbsoluteUri);

        await response.ExpectErrorPageAsync();
    }

    // A32
    [Fact]
    public async Task Denying_consent_yields_access_denied_and_is_not_remembered()
    {
        using var client = await fixture.RegisterAsync();
        _browser.Decision = "deny";

        (await client.AuthorizeAsync(_browser)).ExpectRedirectError(client, "access_denied");
        Assert.Equal(0, _browser.VisitsOf(fixture.System.Idp!.Issuer));

        _browser.Decision = "allow";
        await client.GetCodeAsync(_browser);
        Assert.Equal(2, _browser.ConsentPages());
    }

    private static async Task<string> SubjectOfAliceAsync(OAuthClient client)
    {
        using var alice = new Browser();
        return Jwt.Read((await client.RedeemAsync(await client.GetCodeAsync(alice))).AccessToken).Payload["sub"]!.GetValue<string>();
    }

    private async Task<string> FollowAsync(BrowserResult page)
    {
        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;
        using var response = await _browser.PostAsync(action, fields);
        return new Uri(action, response.Headers.Location!).AbsoluteUri;
    }

    private void ForgetIdentityProvider()
    {
        foreach (var cookie in _browser.Cookies.GetAllCookies().Where(cookie => cookie.Name.StartsWith("devidp", StringComparison.Ordinal)))
        {
            cookie.Expired = true;
        }
    }
}
