using System.Net;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Consent;

/// <summary>The round trip to the identity provider.</summary>
public sealed class SignInTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    // B11
    [Theory]
    [InlineData("?code=x")]
    [InlineData("?code=x&state=")]
    [InlineData("?code=x&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("?error=access_denied&state=made-up")]
    [InlineData("?code=x&state=a&state=b")]
    [InlineData("")]
    public async Task A_callback_without_a_valid_state_is_refused(string query)
    {
        using var response = await _browser.GetAsync(fixture.System.Issuer + "/oauth/callback" + query);

        await response.ExpectErrorPageAsync();
        Assert.Equal(0, _browser.Cookies.Count);
    }

    // B11
    [Fact]
    public async Task A_callback_used_twice_signs_in_once_and_redirects_to_the_same_URL()
    {
        using var client = await fixture.RegisterAsync();
        var callback = await ToCallbackAsync(client);

        using var first = await _browser.GetAsync(callback);
        using var second = await _browser.GetAsync(callback);

        Assert.Equal(HttpStatusCode.SeeOther, first.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
    }

    // B11, B17: the attacker's callback, opened in the victim's browser, signs no one in.
    [Fact]
    public async Task A_callback_in_another_browser_is_refused_and_still_works_in_the_original_one()
    {
        using var client = await fixture.RegisterAsync();
        var callback = await ToCallbackAsync(client);
        using var victim = new Browser();
        await client.OpenConsentAsync(victim);

        using var foreign = await victim.GetAsync(callback);
        await foreign.ExpectErrorPageAsync();
        Assert.Null(SessionOf(victim));

        using var own = await _browser.GetAsync(callback);
        Assert.Equal(HttpStatusCode.SeeOther, own.StatusCode);
    }

    // B12, weakness 20
    [Fact]
    public async Task A_callback_with_a_code_from_another_sign_in_does_not_sign_the_person_in()
    {
        using var client = await fixture.RegisterAsync();
        using var attacker = new Browser { UserName = "bob" };
        var foreign = System.Web.HttpUtility.ParseQueryString(
            new Uri((await attacker.OpenAsync(client.AuthorizeUrl(), uri => uri.AbsolutePath == "/oauth/callback")).Uri.AbsoluteUri).Query
        );
        var own = System.Web.HttpUtility.ParseQueryString(new Uri(await ToCallbackAsync(client)).Query);

        var result = await _browser.OpenAsync(
            $"{client.Issuer}/oauth/callback?state={own["state"]}&code={Uri.EscapeDataString(foreign["code"]!)}",
            client.IsRedirectUri
        );

        result.ExpectRedirectError(client, "server_error");
        Assert.Null(SessionOf(_browser));
    }

    // B13
    [Fact]
    public async Task A_callback_with_a_different_issuer_does_not_sign_the_person_in()
    {
        using var client = await fixture.RegisterAsync();
        var callback = new UriBuilder(await ToCallbackAsync(client));
        var query = System.Web.HttpUtility.ParseQueryString(callback.Query);
        query["iss"] = "https://evil.example";
        callback.Query = query.ToString();

        (await _browser.OpenAsync(callback.Uri.AbsoluteUri, client.IsRedirectUri)).ExpectRedirectError(client, "server_error");
        Assert.Null(SessionOf(_browser));
    }

    // B14; weakness 19 (fixation)
    [Fact]
    public async Task Every_sign_in_gets_a_new_browser_session_and_the_old_one_is_invalid()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);
        var before = SessionOf(_browser)!;

        await client.GetCodeAsync(_browser, ("prompt", "login"));
        var after = SessionOf(_browser)!;

        Assert.NotEqual(before.Value, after.Value);
        using var old = new Browser();
        old.Cookies.Add(new Cookie(before.Name, before.Value, before.Path, before.Domain));
        (await client.AuthorizeAsync(old, ("prompt", "none"))).ExpectRedirectError(client, "login_required");
    }

    // B14
    [Fact]
    public async Task A_session_cookie_planted_before_sign_in_is_not_signed_in_afterwards()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);
        var name = SessionOf(_browser)!.Name;
        using var victim = new Browser();
        victim.Cookies.Add(new Cookie(name, "planted-by-the-attacker", "/", "localhost"));

        await client.GetCodeAsync(victim);

        Assert.NotEqual("planted-by-the-attacker", SessionOf(victim)!.Value);
        using var attacker = new Browser();
        attacker.Cookies.Add(new Cookie(name, "planted-by-the-attacker", "/", "localhost"));
        (await client.AuthorizeAsync(attacker, ("prompt", "none"))).ExpectRedirectError(client, "login_required");
    }

    // B15, as far as it applies to plain http on loopback
    [Fact]
    public async Task Cookies_are_HttpOnly_and_Lax_and_their_values_are_not_in_the_store()
    {
        using var client = await fixture.RegisterAsync();
        using var begun = await _browser.GetAsync(client.AuthorizeUrl());
        using var back = await _browser.GetAsync(await ToCallbackAsync(client));

        var cookies = begun.Headers.GetValues("Set-Cookie").Concat(back.Headers.GetValues("Set-Cookie")).ToArray();

        Assert.Equal(2, cookies.Length);
        Assert.All(
            cookies,
            cookie =>
            {
                Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
                Assert.Contains("; samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
                Assert.Contains("; path=/", cookie, StringComparison.OrdinalIgnoreCase);
                Assert.Equal(43, cookie.Split(';')[0].Split('=')[1].Length);
            }
        );
        Assert.All(
            _browser.Cookies.GetAllCookies(),
            cookie => Assert.DoesNotContain(cookie.Value, fixture.DumpStore(), StringComparison.Ordinal)
        );
    }

    // Weakness 7 (the second tab broke the first)
    [Fact]
    public async Task Several_tabs_of_one_browser_sign_in_side_by_side()
    {
        var tabs = new List<(OAuthClient Client, string Callback)>();
        for (var i = 0; i < 3; i++)
        {
            var client = await fixture.RegisterAsync($"http://127.0.0.1:{7001 + i}/callback");
            tabs.Add((client, await ToCallbackAsync(client)));
        }

        foreach (var (client, callback) in Enumerable.Reverse(tabs))
        {
            using (client)
            {
                var result = await _browser.OpenAsync(callback, client.IsRedirectUri);
                Assert.Equal(200, (await client.RedeemAsync(result.Query("code")!)).Status);
            }
        }
    }

    // Weakness 8 (the client was never told)
    [Fact]
    public async Task A_sign_in_canceled_at_the_identity_provider_yields_access_denied_and_nothing_is_remembered()
    {
        using var client = await fixture.RegisterAsync();
        _browser.AtIdentityProvider = "cancel";

        (await client.AuthorizeAsync(_browser)).ExpectRedirectError(client, "access_denied");

        Assert.Null(SessionOf(_browser));
        _browser.AtIdentityProvider = "login";
        await client.GetCodeAsync(_browser);
        Assert.Equal(2, _browser.ConsentPages());
    }

    // B11: the provider's text is not repeated; an unknown error becomes server_error.
    [Fact]
    public async Task An_unknown_error_from_the_identity_provider_becomes_server_error_without_its_text()
    {
        using var client = await fixture.RegisterAsync();
        var state = System.Web.HttpUtility.ParseQueryString(new Uri(await ToCallbackAsync(client)).Query)["state"];

        var result = await _browser.OpenAsync(
            $"{client.Issuer}/oauth/callback?state={state}&error=%3Cb%3E&error_description=%3Cscript%3E",
            client.IsRedirectUri
        );

        result.ExpectRedirectError(client, "server_error");
        Assert.DoesNotContain("%3C", result.Uri.AbsoluteUri, StringComparison.Ordinal);
    }

    // H08
    [Fact]
    public async Task An_unavailable_identity_provider_is_reported_to_the_client_as_temporarily_unavailable()
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Provider = new IdentityProviderSettings($"http://localhost:{Loopback.FreePort()}", "mcpoidc", "secret")
        );
        using var client = system.CreateClient();
        await client.RegisterAsync();

        (await client.AuthorizeAsync(_browser)).ExpectRedirectError(client, "temporarily_unavailable");
    }

    // Weakness 24
    [Fact]
    public async Task The_log_contains_no_code_state_token_or_email_address()
    {
        using var client = await fixture.RegisterAsync();
        var callback = await ToCallbackAsync(client);
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(callback).Query);
        var code = (await _browser.OpenAsync(callback, client.IsRedirectUri)).Query("code")!;
        var tokens = await client.RedeemAsync(code);
        await client.RefreshAsync(tokens.RefreshToken);

        string[] secrets =
        [
            query["code"]!,
            query["state"]!,
            code,
            client.Verifier,
            tokens.AccessToken,
            tokens.RefreshToken,
            "alice@example.com",
        ];
        var ours = fixture.System.Server.Logs.Lines.Where(line => line.Split(' ')[1].StartsWith("McpOidc", StringComparison.Ordinal));
        Assert.DoesNotContain(ours, line => secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)));
    }

    private async Task<string> ToCallbackAsync(OAuthClient client) =>
        (await _browser.OpenAsync(client.AuthorizeUrl(("prompt", "login")), uri => uri.AbsolutePath == "/oauth/callback")).Uri.AbsoluteUri;

    private static Cookie? SessionOf(Browser browser) =>
        browser.Cookies.GetAllCookies().SingleOrDefault(cookie => cookie.Name.StartsWith("mcpoidc-session", StringComparison.Ordinal));
}
