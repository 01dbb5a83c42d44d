using System.Text.Json.Nodes;
using AngleSharp.Html.Parser;
using McpOidc.Registration;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Consent;

/// <summary>What the consent page shows.</summary>
public sealed class ConsentContentTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    // B05
    [Fact]
    public async Task The_page_says_who_asks_for_what_where_the_response_goes_and_which_account_is_used()
    {
        using var first = await fixture.RegisterAsync();
        await first.GetCodeAsync(_browser);
        using var client = await fixture.RegisterAsync("https://app.example/cb", metadata => metadata["client_name"] = "Editor & Co");

        var text = Text(await client.OpenConsentAsync(_browser, ("scope", "openid email profile offline_access")));

        Assert.Contains("Test tools", text, StringComparison.Ordinal);
        Assert.Contains(client.Resource, text, StringComparison.Ordinal);
        Assert.Contains("“Editor & Co”", text, StringComparison.Ordinal);
        Assert.Contains("https://app.example/cb", text, StringComparison.Ordinal);
        Assert.Contains(ClientIdDigest.Of(client.ClientId), text, StringComparison.Ordinal);
        Assert.Contains("alice@example.com", text, StringComparison.Ordinal);
        Assert.Contains("by an ID that stays the same", text, StringComparison.Ordinal);
        Assert.Contains("See your email address", text, StringComparison.Ordinal);
        Assert.Contains("See your name and picture", text, StringComparison.Ordinal);
        Assert.Contains("Stay signed in", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_says_when_a_client_has_never_been_used_here()
    {
        using var client = await fixture.RegisterAsync("https://app.example/first");
        var first = Text(await client.OpenConsentAsync(_browser));
        await client.SignInAsync(_browser);

        using var another = new Browser { UserName = "bob" };
        var second = Text(await client.OpenConsentAsync(another));

        Assert.Matches(@"First used here\s*Now", first);
        Assert.Matches(@"First used here\s*(?!Now)\w", second);
    }

    [Fact]
    public async Task The_page_does_not_say_when_a_client_in_the_settings_was_registered()
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.AddClient(
                0,
                "portal",
                key: null,
                ("GrantTypes:0", "authorization_code"),
                ("RedirectUris:0", OAuthClient.DefaultRedirectUri)
            )
        );
        using var client = system.CreateClient("portal");
        var text = Text(await client.OpenConsentAsync(_browser));
        Assert.Contains("portal", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Registered", text, StringComparison.Ordinal);
        Assert.DoesNotContain("1970", text, StringComparison.Ordinal);
    }

    // B06
    [Fact]
    public async Task The_page_warns_when_the_response_stays_on_this_computer()
    {
        using var local = await fixture.RegisterAsync();
        using var remote = await fixture.RegisterAsync("https://app.example/cb");

        Assert.Contains(
            "Any program on this computer could pretend to be this application",
            Text(await local.OpenConsentAsync(_browser)),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("class=\"warning\"", (await remote.OpenConsentAsync(_browser)).Html, StringComparison.Ordinal);
    }

    // B07
    [Fact]
    public async Task The_host_is_shown_more_prominently_than_the_name_and_a_known_name_inherits_no_consent()
    {
        using var genuine = await fixture.RegisterAsync(change: metadata => metadata["client_name"] = "Claude Code");
        await genuine.GetCodeAsync(_browser);
        using var impostor = await fixture.RegisterAsync("https://evil.example/cb", metadata => metadata["client_name"] = "Claude Code");

        var page = await impostor.OpenConsentAsync(_browser);

        Assert.Equal("evil.example", new HtmlParser().ParseDocument(page.Html!).QuerySelector("p.host")!.TextContent);
    }

    // B18
    [Theory]
    [InlineData("<svg onload=alert(1)>", "<svg onload=alert(1)>")]
    [InlineData("\"><script>alert(1)</script>", "\"><script>alert(1)</script>")]
    [InlineData("Good\u202Eedoc", "Goodedoc")]
    [InlineData("Cl\u200Baude\u200D\uFEFF\u2066", "Claude")]
    [InlineData("line\nbreak\u0007\u2028x", "linebreakx")]
    [InlineData("\u202E\u200B", "Unnamed application")]
    [InlineData("\u3164", "Unnamed application")]
    [InlineData("\u115F\u1160", "Unnamed application")]
    [InlineData("\uFFA0 \uFFA0", "Unnamed application")]
    [InlineData("\u2800\u2800", "Unnamed application")]
    [InlineData("\u034F\u17B4\u180B\uFE0F\u00AD\U000E0041\U0001D159", "Unnamed application")]
    [InlineData("\u0301\u0301", "Unnamed application")]
    [InlineData("Cl\u3164au\uFFA0d\u034Fe", "Claude")]
    public async Task A_client_name_is_shown_as_text_without_control_or_direction_characters(string name, string shown)
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["client_name"] = name);

        var page = await client.OpenConsentAsync(_browser);

        var document = new HtmlParser().ParseDocument(page.Html!);
        Assert.Contains($"“{shown}”", document.Body!.TextContent, StringComparison.Ordinal);
        Assert.Empty(document.QuerySelectorAll("svg, script, img, iframe, [onload]"));
    }

    // B18
    [Fact]
    public async Task A_long_client_name_is_truncated_and_one_of_10_KiB_is_refused()
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["client_name"] = new string('n', 500));
        Assert.Contains(new string('n', 80) + "…”", Text(await client.OpenConsentAsync(_browser)), StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            fixture.RegisterAsync(change: metadata => metadata["client_name"] = new string('n', 10240))
        );
        Assert.Contains("client_name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_option_for_a_client_on_another_computer_is_under_details()
    {
        using var client = await fixture.RegisterAsync();

        var document = new HtmlParser().ParseDocument((await client.OpenConsentAsync(_browser)).Html!);

        Assert.NotNull(document.QuerySelector("details:not([open]) input[name=hand_off]"));
    }

    // B19, B20, B21
    [Fact]
    public async Task Links_of_the_client_are_under_details_with_their_hosts_and_nothing_external_is_loaded()
    {
        using var client = await fixture.RegisterAsync(change: metadata =>
        {
            metadata["logo_uri"] = "https://tracker.example/logo.svg";
            metadata["client_uri"] = "https://app.example/";
            metadata["tos_uri"] = "https://legal.example/terms?of=\"app\"";
            // On the user's own computer, where a click could have an effect.
            metadata["policy_uri"] = "http://127.0.0.1:9/policy";
        });

        var page = await client.OpenConsentAsync(_browser);

        var document = new HtmlParser().ParseDocument(page.Html!);
        Assert.DoesNotContain("tracker.example", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("/policy", page.Html, StringComparison.Ordinal);
        var links = document.QuerySelectorAll("details:not([open]) dd a");
        Assert.Equal(["app.example", "legal.example"], links.Select(link => link.TextContent));
        Assert.Equal(["https://app.example/", "https://legal.example/terms?of=%22app%22"], links.Select(link => link.GetAttribute("href")));
        Assert.All(links, link => Assert.Equal("noopener noreferrer nofollow", link.GetAttribute("rel")));
        Assert.Equal(links.Length, document.QuerySelectorAll("main a").Length);
        var loaded = document
            .QuerySelectorAll("[src], link[href]")
            .Select(element => element.GetAttribute("src") ?? element.GetAttribute("href"));
        Assert.StartsWith("/oauth/style.css?v=", Assert.Single(loaded), StringComparison.Ordinal);
    }

    // B04, B21, B22, H24
    [Fact]
    public async Task No_page_may_be_framed_cached_scripted_or_leak_its_address()
    {
        using var client = await fixture.RegisterAsync();
        var consent = await client.OpenConsentAsync(_browser);
        var pageUrl = _browser.Visited.Single(url => url.EndsWith("/oauth/consent", StringComparison.Ordinal));
        var id = _browser.ReadForm(consent.Html!, consent.Uri)!.Value.Fields["interaction"];

        using var page = await _browser.GetAsync($"{pageUrl}?interaction={id}");
        using var begun = await _browser.GetAsync(client.AuthorizeUrl());
        using var error = await _browser.GetAsync(client.AuthorizeUrl(("client_id", "nobody")));
        using var callback = await _browser.GetAsync(client.Issuer + "/oauth/callback?state=x&code=y");

        Assert.Equal(System.Net.HttpStatusCode.OK, page.StatusCode);
        foreach (var response in new[] { page, begun, error, callback })
        {
            var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-inline", policy, StringComparison.Ordinal);
            Assert.Equal("DENY", Assert.Single(response.Headers.GetValues("X-Frame-Options")));
            Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.True(response.Headers.CacheControl!.NoStore);
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    // B26: the whole journey uses only forms and redirects; the browser in these tests has no script engine.
    [Fact]
    public async Task The_pages_work_without_JavaScript()
    {
        using var client = await fixture.RegisterAsync();

        Assert.NotNull(await client.GetCodeAsync(_browser));
    }

    // B20
    [Fact]
    public async Task A_link_that_is_a_script_is_refused_at_registration()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            fixture.RegisterAsync(change: metadata => metadata["client_uri"] = "javascript:alert(1)")
        );

        var body = JsonNode.Parse(error.Message)!;
        Assert.Equal("invalid_client_metadata", body["error"]!.GetValue<string>());
        Assert.Contains("client_uri", body["error_description"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("logo_uri")]
    [InlineData("tos_uri")]
    [InlineData("policy_uri")]
    public async Task A_script_URL_in_a_link_that_no_page_shows_is_dropped_from_the_registration(string member)
    {
        using var client = fixture.System.CreateClient();
        var metadata = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        metadata[member] = "javascript:alert(1)";

        Assert.DoesNotContain("javascript:", (await client.RegisterAsync(metadata)).ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("javascript:", (await client.OpenConsentAsync(_browser)).Html, StringComparison.Ordinal);
    }

    private static string Text(BrowserResult page) => new HtmlParser().ParseDocument(page.Html!).Body!.TextContent;
}
