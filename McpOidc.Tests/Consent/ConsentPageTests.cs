using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Consent;

/// <summary>Consent is asked once per user and client, before the identity provider, and cannot be forged (security cases B; npm weaknesses
/// 7, 8, 10, 19).</summary>
public sealed class ConsentPageTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IAsyncLifetime
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
    public async Task The_page_shows_client_redirect_host_resource_and_scopes_and_cannot_be_framed()
    {
        var metadata = OAuthClient.Metadata("https://app.example/cb");
        metadata["client_name"] = "<script>alert(1)</script>\u202Eevil";
        await _client.RegisterAsync(metadata);
        _client.RedirectUri = "https://app.example/cb";
        var consent = await _browser.OpenAsync(_client.AuthorizeUrl(), IsConsent);
        using var response = await _browser.GetAsync(consent.Uri.AbsoluteUri);
        var page = await response.Content.ReadAsStringAsync();

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;evil", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("<p class=\"host\">app.example</p>", page, StringComparison.Ordinal);
        Assert.Contains(fixture.System.Resource, page, StringComparison.Ordinal);
        Assert.Contains("See your email address", page, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.DoesNotContain("warning", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_consent_page_shows_a_warning_for_a_client_on_the_persons_own_computer()
    {
        var consent = await ShowAsync();
        Assert.Contains("class=\"warning\"", consent.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_sent_to_the_identity_provider_before_the_person_consents()
    {
        await ShowAsync();
        Assert.DoesNotContain(_browser.Visited, url => url.StartsWith(fixture.System.Idp!.Issuer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Consent_is_asked_for_every_new_client_even_if_the_person_is_already_signed_in()
    {
        await _client.GetCodeAsync(_browser);
        using var other = fixture.System.CreateClient();
        await other.RegisterAsync();
        var result = await _browser.OpenAsync(other.AuthorizeUrl(), uri => IsConsent(uri) || other.IsRedirectUri(uri));
        Assert.Equal("/oauth/consent", result.Uri.AbsolutePath);
    }

    [Fact]
    public async Task A_decision_is_remembered_and_consent_is_asked_for_again_for_wider_scopes()
    {
        await _client.GetCodeAsync(_browser, ("scope", "openid"));
        Assert.True(_client.IsRedirectUri((await OpenAsync(("scope", "openid"))).Uri));
        Assert.True(IsConsent((await OpenAsync(("scope", "openid profile"))).Uri));
        Assert.True(IsConsent((await OpenAsync(("scope", "openid"), ("prompt", "consent"))).Uri));
    }

    [Fact]
    public async Task A_denial_is_reported_to_the_client_and_not_remembered()
    {
        _browser.Decision = "deny";
        var denied = await _client.AuthorizeAsync(_browser);
        Assert.Equal("access_denied", denied.Query("error"));
        Assert.Equal("state-1", denied.Query("state"));
        Assert.Equal(fixture.System.Issuer, denied.Query("iss"));
        Assert.True(IsConsent((await OpenAsync()).Uri));
    }

    [Fact]
    public async Task A_form_without_its_token_or_with_the_token_of_another_form_does_nothing()
    {
        var form = await FormAsync();
        foreach (var token in new[] { null, "", "wrong", new string('A', 43) })
        {
            var fields = form
                .Fields.Where(field => field.Key != "token" || token is not null)
                .ToDictionary(field => field.Key, field => field.Key == "token" ? token! : field.Value);
            using var refused = await _browser.PostAsync(form.Action, fields);
            Assert.Equal(400, (int)refused.StatusCode);
        }

        using var accepted = await _browser.PostAsync(form.Action, form.Fields);
        Assert.Equal(303, (int)accepted.StatusCode);
    }

    [Fact]
    public async Task A_form_works_once_and_only_in_its_own_browser_and_from_its_own_site()
    {
        var form = await FormAsync();
        using var stranger = new Browser();
        using var elsewhere = await stranger.PostAsync(form.Action, form.Fields);
        Assert.Equal(400, (int)elsewhere.StatusCode);
        using var foreign = await _browser.PostAsync(
            form.Action,
            form.Fields,
            request =>
            {
                request.Headers.Remove("Origin");
                request.Headers.Add("Origin", "https://evil.test");
            }
        );
        Assert.Equal(400, (int)foreign.StatusCode);

        using var first = await _browser.PostAsync(form.Action, form.Fields);
        Assert.Equal(303, (int)first.StatusCode);
        using var second = await _browser.PostAsync(form.Action, form.Fields);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
    }

    [Fact]
    public async Task Sign_ins_in_several_tabs_work_side_by_side()
    {
        var tabs = new List<OAuthClient>();
        var pages = new List<BrowserResult>();
        for (var i = 0; i < 3; i++)
        {
            var tab = fixture.System.CreateClient();
            await tab.RegisterAsync();
            tabs.Add(tab);
            pages.Add(await _browser.OpenAsync(tab.AuthorizeUrl(("state", $"tab-{i}")), IsConsent));
        }

        foreach (var (tab, page, i) in tabs.Zip(pages).Select((pair, i) => (pair.First, pair.Second, i)).Reverse())
        {
            var result = await _browser.OpenAsync(page.Uri.AbsoluteUri, tab.IsRedirectUri);
            Assert.Equal($"tab-{i}", result.Query("state"));
            Assert.Equal(200, (await tab.RedeemAsync(result.Query("code")!)).Status);
            tab.Dispose();
        }
    }

    [Fact]
    public async Task A_callback_works_only_once_and_only_in_the_browser_that_started_it()
    {
        var atCallback = await _browser.OpenAsync(_client.AuthorizeUrl(), uri => uri.AbsolutePath == "/oauth/callback");
        using var stranger = new Browser();
        using var elsewhere = await stranger.GetAsync(atCallback.Uri.AbsoluteUri);
        Assert.Equal(400, (int)elsewhere.StatusCode);
        Assert.False(elsewhere.Headers.Contains("Set-Cookie"));
        using var forged = await _browser.GetAsync($"{fixture.System.Issuer}/oauth/callback?code=x&state=forged");
        Assert.Equal(400, (int)forged.StatusCode);

        using var first = await _browser.GetAsync(atCallback.Uri.AbsoluteUri);
        Assert.Equal(303, (int)first.StatusCode);
        using var again = await _browser.GetAsync(atCallback.Uri.AbsoluteUri);
        Assert.Equal(first.Headers.Location, again.Headers.Location);
    }

    [Fact]
    public async Task A_refusal_by_the_identity_provider_reaches_the_client()
    {
        _browser.AtIdentityProvider = "cancel";
        var result = await _client.AuthorizeAsync(_browser);
        Assert.Equal("access_denied", result.Query("error"));
        Assert.Equal("state-1", result.Query("state"));
    }

    [Fact]
    public async Task A_person_who_takes_longer_than_ten_minutes_has_to_start_again()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        var consent = await _browser.OpenAsync(client.AuthorizeUrl(), IsConsent);
        system.Clock.Advance(TimeSpan.FromMinutes(11));
        var late = await _browser.OpenAsync(consent.Uri.AbsoluteUri, client.IsRedirectUri);
        Assert.Equal(400, late.Status);
        Assert.Contains("no longer valid", late.Html, StringComparison.Ordinal);
        // How late it was: a clock that differs between two servers shows here first.
        Assert.Contains(system.Server.Logs.Lines, line => line.Contains("A step of a sign-in", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Signing_in_gives_the_browser_session_a_new_id_and_invalidates_the_old_one()
    {
        await _client.GetCodeAsync(_browser);
        var before = SessionCookie();
        await _client.GetCodeAsync(_browser, ("prompt", "login"));
        Assert.NotEqual(before, SessionCookie());

        using var thief = new Browser();
        thief.Cookies.Add(
            new Uri(fixture.System.Issuer),
            new System.Net.Cookie($"mcpoidc-session-{new Uri(fixture.System.Issuer).Port}", before)
        );
        Assert.Equal("login_required", (await _client.AuthorizeAsync(thief, ("prompt", "none"))).Query("error"));
    }

    [Fact]
    public async Task Signing_out_asks_for_confirmation_and_ends_the_browser_session_but_not_the_grants()
    {
        var tokens = await _client.SignInAsync(_browser);
        var ended = await _browser.OpenAsync($"{fixture.System.Issuer}/session/end", _ => false);
        Assert.Contains("signed out", ended.Html, StringComparison.Ordinal);
        Assert.Equal("login_required", (await _client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("error"));
        Assert.Equal(200, (await _client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    private static bool IsConsent(Uri uri) => uri.AbsolutePath == "/oauth/consent";

    private string SessionCookie() =>
        _browser
            .Cookies.GetCookies(new Uri(fixture.System.Issuer))
            .Single(cookie => cookie.Name.StartsWith("mcpoidc-session", StringComparison.Ordinal))
            .Value;

    private Task<BrowserResult> OpenAsync(params (string Name, string? Value)[] changes) =>
        _browser.OpenAsync(_client.AuthorizeUrl(changes), uri => IsConsent(uri) || _client.IsRedirectUri(uri));

    private async Task<BrowserResult> ShowAsync()
    {
        var consent = await _browser.OpenAsync(_client.AuthorizeUrl(), IsConsent);
        using var response = await _browser.GetAsync(consent.Uri.AbsoluteUri);
        return consent with { Html = await response.Content.ReadAsStringAsync() };
    }

    private async Task<(Uri Action, Dictionary<string, string> Fields)> FormAsync()
    {
        var shown = await ShowAsync();
        return _browser.ReadForm(shown.Html!, shown.Uri)!.Value;
    }
}
