using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Account;

/// <summary>A user reviews what is connected and ends it, with a standalone MCP server, on a SQLite file; <see cref="RedisAccountTests"/>
/// on Redis.</summary>
public class AccountTests : IAsyncLifetime
{
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    private readonly Browser _browser = new() { UserAgent = Firefox };
    private TestStore _store = null!;

    protected TestSystem System { get; private set; } = null!;

    protected virtual Task<TestStore> CreateStoreAsync() => Task.FromResult(TestStore.Sqlite());

    public virtual async Task InitializeAsync()
    {
        _store = await CreateStoreAsync();
        System = await TestSystem.StartAsync(options => options.Standalone = true, _store);
    }

    public virtual async Task DisposeAsync()
    {
        _browser.Dispose();
        await System.DisposeAsync();
        _store.Dispose();
    }

    [StoreFact]
    public async Task A_person_sees_the_device_address_provider_and_last_use_of_each_installation()
    {
        using var first = await ConnectedAsync("Code Helper", "https://helper.example/callback");
        System.Clock.Advance(TimeSpan.FromHours(3));
        using var second = await ConnectedAsync("Other tool", OAuthClient.DefaultRedirectUri);
        System.Clock.Advance(TimeSpan.FromHours(1));
        await first.Client.RefreshAsync(first.Tokens.RefreshToken);

        var shown = await ShownAccount.OpenAsync(System, _browser);

        Assert.Equal(200, shown.Status);
        Assert.Contains("You are signed in as <bdi>alice@example.com</bdi>", shown.Html, StringComparison.Ordinal);
        // Newest first, however recently the other was used.
        Assert.Matches(
            $"^Other tool Server Test tools Device Firefox on Linux Connected {Time(-1)} .* Last used {Time(-1)} ",
            shown.Cards[0]
        );
        Assert.Matches(
            $"^Code Helper Verified host helper.example Server Test tools Device Firefox on Linux Connected {Time(-4)} IP address "
                + $"[0-9a-f.:]+ Last used {Time(0)} Signed in with localhost What it can do Know who you are.* Sign out Code Helper$",
            shown.Cards[1]
        );
        Assert.Equal(2, shown.Cards.Count);
    }

    [StoreFact]
    public async Task An_application_is_signed_out_within_two_seconds_and_has_to_ask_again_while_the_others_stay_signed_in()
    {
        using var ended = await ConnectedAsync("Code Helper");
        using var kept = await ConnectedAsync("Other tool");
        Assert.Equal(200, await ended.EchoAsync());
        var shown = await ShownAccount.OpenAsync(System, _browser);

        var after = await shown.PressAsync(
            _browser,
            shown.Ids[shown.Cards.ToList().FindIndex(card => card.StartsWith("Code Helper", StringComparison.Ordinal))]
        );

        Assert.Contains("The application is signed out.", after.Html, StringComparison.Ordinal);
        Assert.StartsWith("Other tool", Assert.Single(after.Cards), StringComparison.Ordinal);
        await ended.AssertRefusedAsync();
        Assert.Equal("invalid_grant", (await ended.Client.RefreshAsync(ended.Tokens.RefreshToken)).Error);
        Assert.Equal("consent_required", (await ended.Client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("error"));
        Assert.Equal(200, await kept.EchoAsync());
        Assert.NotNull((await kept.Client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("code"));
        Assert.Contains(
            System.Server.Logs.Lines,
            line => line.Contains("grant.revoked", StringComparison.Ordinal) && line.Contains("by user", StringComparison.Ordinal)
        );
    }

    [StoreFact]
    public async Task A_person_is_signed_out_everywhere_and_other_people_are_not_affected()
    {
        using var one = await ConnectedAsync("Code Helper");
        using var elsewhere = new Browser();
        using var two = await ConnectedAsync("Other tool", browser: elsewhere);
        using var bob = new Browser { UserName = "bob" };
        using var theirs = await ConnectedAsync("Their tool", browser: bob);
        var shown = await ShownAccount.OpenAsync(System, _browser);

        var after = await shown.PressAsync(_browser, "everywhere");

        Assert.Contains("Every application and every browser is signed out.", after.Html, StringComparison.Ordinal);
        await one.AssertRefusedAsync();
        await two.AssertRefusedAsync();
        Assert.Equal("login_required", (await one.Client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("error"));
        Assert.Equal("login_required", (await two.Client.AuthorizeAsync(elsewhere, ("prompt", "none"))).Query("error"));
        Assert.Equal(200, await theirs.EchoAsync());
        Assert.NotNull((await theirs.Client.AuthorizeAsync(bob, ("prompt", "none"))).Query("code"));
        Assert.Empty((await ShownAccount.OpenAsync(System, _browser)).Cards);
    }

    [StoreFact]
    public async Task A_consent_given_before_signing_out_everywhere_yields_nothing_afterwards()
    {
        using var elsewhere = new Browser();
        using var client = await ConnectedAsync("Code Helper", browser: elsewhere);
        var held = await elsewhere.OpenAsync(client.Client.AuthorizeUrl(("prompt", "consent")), uri => uri.AbsolutePath == "/authorize");
        Assert.Contains("interaction=", held.Uri.Query, StringComparison.Ordinal);

        await (await ShownAccount.OpenAsync(System, _browser)).PressAsync(_browser, "everywhere");

        var late = await elsewhere.OpenAsync(held.Uri.AbsoluteUri, client.Client.IsRedirectUri);
        Assert.Equal((400, null), (late.Status, late.Query("code")));
        Assert.Contains(System.Server.Logs.Lines, line => line.Contains("session_gone", StringComparison.Ordinal));
    }

    [StoreFact]
    public async Task A_consent_given_before_an_application_was_signed_out_is_asked_for_again()
    {
        using var client = await ConnectedAsync("Code Helper");
        var held = await _browser.OpenAsync(client.Client.AuthorizeUrl(("prompt", "consent")), uri => uri.AbsolutePath == "/authorize");
        System.Clock.Advance(TimeSpan.FromSeconds(1));
        var shown = await ShownAccount.OpenAsync(System, _browser);
        await shown.PressAsync(_browser, Assert.Single(shown.Ids));

        var asked = await _browser.OpenAsync(held.Uri.AbsoluteUri, uri => uri.AbsolutePath == "/oauth/consent");

        Assert.Equal((303, "/oauth/consent"), (asked.Status, asked.Uri.AbsolutePath));
        Assert.NotNull((await _browser.OpenAsync(asked.Uri.AbsoluteUri, client.Client.IsRedirectUri)).Query("code"));
    }

    [StoreFact]
    public async Task Signing_out_this_browser_leaves_applications_connected()
    {
        using var client = await ConnectedAsync("Code Helper");
        var shown = await ShownAccount.OpenAsync(System, _browser);

        var after = await shown.PressAsync(_browser, "browser");
        // A double click: the user sees the second response.
        var again = await shown.PressAsync(_browser, "browser");

        Assert.Contains("You are signed out here", after.Html, StringComparison.Ordinal);
        Assert.Contains("You are signed out here", again.Html, StringComparison.Ordinal);
        Assert.Equal("login_required", (await client.Client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("error"));
        Assert.Equal(200, await client.EchoAsync());
    }

    [StoreFact]
    public async Task A_person_who_is_not_signed_in_is_sent_to_the_identity_provider_and_back()
    {
        var end = await _browser.OpenAsync(System.Issuer + "/account", uri => uri.AbsolutePath == "/account");

        Assert.Equal((System.Issuer + "/account", 303), (end.Uri.AbsoluteUri, end.Status));
        Assert.Contains(_browser.Visited, url => url.StartsWith(System.Idp!.Issuer, StringComparison.Ordinal));
        var shown = await ShownAccount.ReadAsync(await _browser.GetAsync(end.Uri.AbsoluteUri));
        Assert.Contains("No applications are connected.", shown.Html, StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task A_person_who_does_not_sign_in_sees_an_error_and_no_account()
    {
        _browser.AtIdentityProvider = "cancel";

        var end = await _browser.OpenAsync(System.Issuer + "/account", uri => uri.AbsolutePath == "/account");

        Assert.Equal(400, end.Status);
        Assert.Contains("Sign-in failed", end.Html, StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task An_installation_of_another_person_is_not_shown_and_cannot_be_ended()
    {
        using var bob = new Browser { UserName = "bob" };
        using var theirs = await ConnectedAsync("Their tool", browser: bob);
        var id = Assert.Single((await ShownAccount.OpenAsync(System, bob)).Ids);
        using var own = await ConnectedAsync("Code Helper");
        var shown = await ShownAccount.OpenAsync(System, _browser);
        Assert.StartsWith("Code Helper", Assert.Single(shown.Cards), StringComparison.Ordinal);

        var (refused, unknown) = (await shown.PressAsync(_browser, id), await shown.PressAsync(_browser, "no-such-installation"));

        Assert.Equal((400, 400), (refused.Status, unknown.Status));
        Assert.Contains("Nothing was changed.", refused.Html, StringComparison.Ordinal);
        Assert.Equal(200, await theirs.EchoAsync());
        Assert.Single((await ShownAccount.OpenAsync(System, bob)).Cards);
    }

    [StoreFact]
    public async Task A_form_that_this_page_did_not_create_revokes_nothing()
    {
        using var client = await ConnectedAsync("Code Helper");
        using var elsewhere = new Browser();
        var other = await ShownAccount.OpenAsync(System, elsewhere);
        var shown = await ShownAccount.OpenAsync(System, _browser);

        foreach (var end in new[] { shown.Ids[0], "everywhere", "browser" })
        {
            Assert.Equal(400, (await shown.PressAsync(_browser, end, token: "")).Status);
            Assert.Equal(400, (await shown.PressAsync(_browser, end, token: other.FormToken)).Status);
            Assert.Equal(400, (await shown.PressAsync(_browser, end, change: FromElsewhere)).Status);
        }

        Assert.Equal(400, (await shown.PressAsync(_browser, "")).Status);
        Assert.Single((await ShownAccount.OpenAsync(System, _browser)).Cards);
        Assert.Equal(200, await client.EchoAsync());
    }

    [StoreFact]
    public async Task The_page_may_not_be_framed_cached_or_scripted()
    {
        await ShownAccount.OpenAsync(System, _browser);

        using var response = await _browser.GetAsync(System.Issuer + "/account");

        Assert.Equal("DENY", Assert.Single(response.Headers.GetValues("X-Frame-Options")));
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [StoreFact]
    public async Task Many_installations_are_shown_page_by_page_and_each_page_is_small()
    {
        for (var number = 0; number < 20; number++)
        {
            using var client = await ConnectedAsync($"Tool {number:00}");
        }

        var names = new List<string>();
        for (var url = System.Issuer + "/account"; url is not null; )
        {
            var shown = await ShownAccount.ReadAsync(await _browser.GetAsync(url));
            Assert.InRange(shown.Html.Length, 1, 15 * 1024);
            names.AddRange(shown.Cards.Select(card => card[..7]));
            url = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(shown.Html).QuerySelector(".pagination a")?.GetAttribute("href")
                is { } next
                ? System.Issuer + next
                : null;
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(number => $"Tool {number:00}"), names.Distinct().Order(StringComparer.Ordinal));
    }

    private static void FromElsewhere(HttpRequestMessage request)
    {
        request.Headers.Remove("Origin");
        request.Headers.Add("Origin", "https://evil.example");
    }

    private string Time(int hours) =>
        System
            .Clock.GetUtcNow()
            .AddHours(hours)
            .UtcDateTime.ToString("d MMMM yyyy, HH:mm", global::System.Globalization.CultureInfo.InvariantCulture) + " UTC";

    private async Task<Connected> ConnectedAsync(string name, string redirectUri = OAuthClient.DefaultRedirectUri, Browser? browser = null)
    {
        var client = System.CreateClient();
        client.RedirectUri = redirectUri;
        var metadata = OAuthClient.Metadata(redirectUri);
        metadata["client_name"] = name;
        await client.RegisterAsync(metadata);
        return new Connected(client, await client.RedeemAsync(await client.GetCodeAsync(browser ?? _browser)));
    }

    private sealed record Connected(OAuthClient Client, TokenAnswer Tokens) : IDisposable
    {
        public async Task<int> EchoAsync()
        {
            using var answer = await Client.CallAsync(
                Client.Resource.Replace("/mcp", "/echo", StringComparison.Ordinal),
                Tokens.AccessToken,
                HttpMethod.Post
            );
            return (int)answer.StatusCode;
        }

        public async Task AssertRefusedAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            while (await EchoAsync() != 401)
            {
                limit.Token.ThrowIfCancellationRequested();
            }
        }

        public void Dispose() => Client.Dispose();
    }
}

/// <summary>The same on Redis.</summary>
[RequiresRedis]
public sealed class RedisAccountTests(RedisServerFixture fixture) : AccountTests, IClassFixture<RedisServerFixture>
{
    protected override async Task<TestStore> CreateStoreAsync() => TestStore.Redis(await fixture.ServerAsync());
}
