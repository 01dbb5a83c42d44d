using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization;

/// <summary>An invalid client or redirect URI gets an error page, never a redirect (RFC 6749 §4.1.2.1).</summary>
public sealed class RedirectUriTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    // A01, E16
    [Fact]
    public async Task An_unknown_client_gets_an_error_page_that_says_how_to_proceed()
    {
        using var client = await fixture.RegisterAsync();

        var html = await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl(("client_id", "nobody")));

        Assert.Contains("add it again", html, StringComparison.Ordinal);
    }

    // A02
    [Fact]
    public async Task A_redirect_URI_on_another_host_gets_an_error_page_and_only_its_timeline_is_stored()
    {
        using var client = await fixture.RegisterAsync("https://app.example/cb");
        var (before, timelines) = (fixture.Count("%"), fixture.Count("timeline:%"));

        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl(("redirect_uri", "https://evil.example/cb")));

        Assert.Equal((before + 1, timelines + 1), (fixture.Count("%"), fixture.Count("timeline:%")));
    }

    [Fact]
    public async Task An_unregistered_redirect_URI_gets_its_own_error_page_that_names_the_application()
    {
        using var client = fixture.System.CreateClient();
        var metadata = OAuthClient.Metadata("https://app.example/cb");
        metadata["client_name"] = "The <App>";
        await client.RegisterAsync(metadata);
        client.RedirectUri = "https://app.example/cb";
        foreach (var wrong in new[] { "https://app.example/other", null })
        {
            var html = await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl(("redirect_uri", wrong)));
            Assert.Contains("to an address that it did not register", html, StringComparison.Ordinal);
            Assert.Contains("The &lt;App&gt;", html, StringComparison.Ordinal);
            Assert.Contains("For the developer", html, StringComparison.Ordinal);
            Assert.DoesNotContain("app.example/other", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_error_page_for_an_unknown_client_tells_the_person_and_the_developer_what_to_do()
    {
        using var client = await fixture.RegisterAsync();

        var html = await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl(("client_id", "nobody")));

        Assert.Contains("does not know the application", html, StringComparison.Ordinal);
        Assert.Contains("Clear authentication", html, StringComparison.Ordinal);
        Assert.Contains("For the developer", html, StringComparison.Ordinal);
        Assert.Contains("invalid_client", html, StringComparison.Ordinal);
    }

    // A03, A06
    [Theory]
    [InlineData("https://app.example/cb/")]
    [InlineData("https://app.example/CB")]
    [InlineData("https://app.example/cb?a=1")]
    [InlineData("https://app.example/x/%2e%2e/cb")]
    [InlineData("https://app.example/%63b")]
    [InlineData("https://app.example%2Fcb")]
    [InlineData("https://app.example/cb/more")]
    [InlineData("https://app.example/cb#x")]
    [InlineData("https://u@app.example/cb")]
    [InlineData("https://app.example@evil.example/cb")]
    [InlineData("https://app.example\\cb")]
    [InlineData("https:\\\\app.example\\cb")]
    [InlineData("http://app.example/cb")]
    [InlineData("https://app.example:443/cb")]
    [InlineData("https://APP.example/cb")]
    [InlineData(" https://app.example/cb")]
    [InlineData("https://app.example/cb\r\nLocation: https://evil.example")]
    [InlineData("//app.example/cb")]
    [InlineData("/cb")]
    public async Task A_redirect_URI_that_differs_in_any_character_gets_an_error_page(string requested)
    {
        using var client = await fixture.RegisterAsync("https://app.example/cb");

        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl(("redirect_uri", requested)));
    }

    // A04
    [Theory]
    [InlineData("http://127.0.0.1/cb", "http://127.0.0.1:50123/cb")]
    [InlineData("http://localhost/callback", "http://localhost:1/callback")]
    [InlineData("http://localhost:8080/callback", "http://localhost:65535/callback")]
    [InlineData("http://[::1]/cb?x=1", "http://[::1]:4711/cb?x=1")]
    public async Task A_loopback_redirect_URI_can_have_any_port(string registered, string requested)
    {
        using var client = await fixture.RegisterAsync(registered);
        client.RedirectUri = requested;
        using var browser = new Browser();

        Assert.NotNull((await client.AuthorizeAsync(browser)).Query("code"));
    }

    // A04: RFC 3986 §6.2.3.
    [Theory]
    [InlineData("http://127.0.0.1:33418", "http://127.0.0.1:33418/")]
    [InlineData("http://127.0.0.1:33418/", "http://127.0.0.1:33418")]
    [InlineData("http://localhost", "http://localhost:5000/")]
    [InlineData("http://[::1]/?x=1", "http://[::1]:4711?x=1")]
    public async Task The_root_of_a_loopback_redirect_URI_is_the_same_with_and_without_a_slash(string registered, string requested)
    {
        using var client = await fixture.RegisterAsync(registered);
        client.RedirectUri = requested;
        using var browser = new Browser();

        var answered = await browser.OpenAsync(client.AuthorizeUrl(), uri => uri.Port == new Uri(requested).Port);

        Assert.Equal(200, (await client.RedeemAsync(answered.Query("code")!)).Status);
    }

    // A04: RFC 3986 §6.2.3, §6.2.2.1. A library adds the slash to one request and not the other; the port is known by then.
    [Theory]
    [InlineData("http://127.0.0.1:33418", "http://127.0.0.1:33418/", true)]
    [InlineData("http://127.0.0.1:33418/", "http://127.0.0.1:33418", true)]
    [InlineData("http://localhost:5000?x=1", "http://localhost:5000/?x=1", true)]
    [InlineData("http://[::1]:4711/?x=1", "http://[::1]:4711?x=1", true)]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "CURSOR://anysphere.cursor-mcp/oauth/callback", true)]
    [InlineData("http://127.0.0.1:33418", "http://127.0.0.1:33419/", false)]
    [InlineData("http://127.0.0.1:33418", "http://127.0.0.1/", false)]
    [InlineData("http://127.0.0.1:33418", "http://localhost:33418/", false)]
    [InlineData("http://127.0.0.1:33418", "http://127.0.0.1:33418//", false)]
    [InlineData("http://127.0.0.1:33418/", "http://127.0.0.1:33418/?", false)]
    [InlineData("http://127.0.0.1:33418/cb", "http://127.0.0.1:33418/cb/", false)]
    [InlineData("https://app.example", "https://app.example/", false)]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback", "cursor://anysphere.cursor-mcp/oauth/Callback", false)]
    public async Task Redirect_URI_forms_that_are_equal_at_authorization_are_equal_when_the_code_is_redeemed(
        string authorized,
        string redeemed,
        bool isTaken
    )
    {
        using var client = await fixture.RegisterAsync(authorized);
        using var browser = new Browser();
        var port = new Uri(authorized).Port;
        var answered = await browser.OpenAsync(client.AuthorizeUrl(), uri => uri.Port == port);

        var answer = await client.RedeemAsync(answered.Query("code")!, ("redirect_uri", redeemed));

        Assert.Equal(isTaken ? (200, null) : (400, "invalid_grant"), (answer.Status, answer.Error));
    }

    // A04, A05
    [Theory]
    [InlineData("http://127.0.0.1.evil.test/cb")]
    [InlineData("http://localhost.evil.test/cb")]
    [InlineData("http://127.0.0.1@evil.test/cb")]
    [InlineData("http://127.0.0.1:80@evil.test/cb")]
    [InlineData("http://127.0.0.1:1:2/cb")]
    [InlineData("http://127.0.0.1:99999/cb")]
    [InlineData("http://127.0.0.1:+80/cb")]
    [InlineData("http://[::1%25x]/cb")]
    [InlineData("http://0.0.0.0/cb")]
    [InlineData("http://127.1/cb")]
    [InlineData("http://2130706433/cb")]
    [InlineData("http://0x7f000001/cb")]
    [InlineData("http://localhost/cb")]
    [InlineData("http://[::1]/cb")]
    [InlineData("https://127.0.0.1/cb")]
    [InlineData("http://127.0.0.1/other")]
    [InlineData("http://127.0.0.1/cb?more=1")]
    [InlineData("http://127.0.0.1\\@evil.test/cb")]
    public async Task Nothing_but_the_port_of_a_loopback_redirect_URI_may_differ(string requested)
    {
        using var client = await fixture.RegisterAsync("http://127.0.0.1/cb");

        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl(("redirect_uri", requested)));
    }

    // A08
    [Fact]
    public async Task A_private_scheme_is_shown_in_full_on_the_consent_page()
    {
        const string RedirectUri = "cursor://anysphere.cursor-mcp/oauth/callback";
        using var client = await fixture.RegisterAsync(RedirectUri);
        using var browser = new Browser();

        var page = await client.OpenConsentAsync(browser);

        Assert.Contains(RedirectUri, page.Html, StringComparison.Ordinal);
        Assert.Contains("class=\"warning\"", page.Html, StringComparison.Ordinal);
        Assert.NotNull((await client.AuthorizeAsync(browser)).Query("code"));
    }

    // A09
    [Fact]
    public async Task A_missing_redirect_URI_gets_an_error_page_even_if_one_is_registered()
    {
        using var client = await fixture.RegisterAsync();

        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl(("redirect_uri", null)));
        await BrowserSteps.ExpectErrorPageAsync(client.AuthorizeUrl(("redirect_uri", null), ("scope", null)));
    }

    // A10
    [Theory]
    [InlineData("client_id")]
    [InlineData("redirect_uri")]
    public async Task A_request_with_two_client_ids_or_redirect_URIs_gets_an_error_page(string parameter)
    {
        using var client = await fixture.RegisterAsync();
        var value = parameter == "client_id" ? client.ClientId : client.RedirectUri;

        await BrowserSteps.ExpectErrorPageAsync($"{client.AuthorizeUrl()}&{parameter}={Uri.EscapeDataString(value)}");
        await BrowserSteps.ExpectErrorPageAsync($"{client.AuthorizeUrl()}&{parameter}={Uri.EscapeDataString("https://evil.example/")}");
    }

    // A26: untrusted input is never shown as markup.
    [Fact]
    public async Task The_error_page_repeats_nothing_from_the_request()
    {
        using var client = await fixture.RegisterAsync();

        var html = await BrowserSteps.ExpectErrorPageAsync(
            client.AuthorizeUrl(("client_id", "<svg onload=alert(1)>"), ("redirect_uri", "https://evil.example/<script>"))
        );

        Assert.DoesNotContain("svg", html, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", html, StringComparison.Ordinal);
    }
}
