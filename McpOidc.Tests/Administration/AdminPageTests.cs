using AngleSharp.Html.Parser;
using McpOidc.Registration;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Administration;

/// <summary>What an operator sees and does on the pages, on a SQLite file; <see cref="RedisAdminPageTests"/> on Redis.</summary>
public class AdminPageTests : IAsyncLifetime
{
    // Alice is of the staff, bob is not.
    private readonly Browser _alice = new();
    private readonly Browser _bob = new() { UserName = "bob" };
    private TestStore _store = null!;

    protected TestSystem System { get; private set; } = null!;

    protected virtual Task<TestStore> CreateStoreAsync() => Task.FromResult(TestStore.Sqlite());

    public virtual async Task InitializeAsync()
    {
        _store = await CreateStoreAsync();
        System = await TestSystem.StartAsync(
            options =>
            {
                options.Set("McpOidc:Admin:Claim", "groups");
                options.Set("McpOidc:Admin:Value", "staff");
            },
            _store
        );
    }

    public virtual async Task DisposeAsync()
    {
        _alice.Dispose();
        _bob.Dispose();
        await System.DisposeAsync();
        _store.Dispose();
    }

    [StoreFact]
    public async Task Who_lacks_the_claim_sees_no_page_and_does_nothing()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_alice);
        foreach (
            var path in new[]
            {
                "/admin",
                "/admin/page/sessions",
                "/admin/page/clients",
                "/admin/page/keys",
                "/admin/page/audit",
                "/admin/page/timeline",
                "/admin/page/act?action=everybody",
            }
        )
        {
            var page = await OpenAsync(_bob, path);
            Assert.Equal((path, 403), (path, page.Status));
            Assert.Contains("This page is not for you", page.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("alice", page.Html, StringComparison.Ordinal);
        }

        using var posted = await _bob.PostAsync(new Uri(System.Issuer + "/admin/page/act"), [new("action", "everybody"), new("id", "")]);
        Assert.Equal(403, (int)posted.StatusCode);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [StoreFact]
    public async Task Nothing_is_there_without_a_claim_in_the_settings()
    {
        await using var plain = await TestSystem.StartAsync();
        foreach (var path in new[] { "/admin", "/admin/page/sessions", "/admin/page/act?action=everybody" })
        {
            using var answer = await _alice.GetAsync(plain.Issuer + path);
            Assert.Equal((path, 404), (path, (int)answer.StatusCode));
        }
    }

    [StoreFact]
    public async Task An_operator_finds_a_sign_in_by_the_person_and_ends_it()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_bob);
        using var others = System.CreateClient();
        var kept = await others.SignInAsync(_alice);

        var list = await OpenAsync(_alice, "/admin?search=BOB%40example.com");
        Assert.Contains("bob@example.com", list.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("alice@example.com", list.Html, StringComparison.Ordinal);
        var done = await AnswerAsync(await FollowAsync(list, "Sign out…"));

        Assert.Contains("1 sign-ins of clients ended.", done, StringComparison.Ordinal);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal(200, (await others.RefreshAsync(kept.RefreshToken)).Status);
        Assert.Contains("ended", (await OpenAsync(_alice, "/admin?search=bob%40example.com")).Html, StringComparison.Ordinal);
        Assert.Contains(
            System.Server.Logs.Lines,
            line =>
                line.Contains("operator.acted", StringComparison.Ordinal)
                && line.Contains("action session.revoke", StringComparison.Ordinal)
        );
    }

    [StoreFact]
    public async Task An_operator_signs_out_a_person_and_a_client()
    {
        using var client = System.CreateClient();
        var bobs = await client.SignInAsync(_bob);
        var alices = await client.RedeemAsync(await client.GetCodeAsync(_alice));
        var subject = JwtReader.Payload(bobs.AccessToken)["sub"]!.ToString();

        Assert.Contains(
            "1 sign-ins of clients ended.",
            await AnswerAsync(await FollowAsync(await OpenAsync(_alice, "/admin?user=" + subject), "Sign this person out…")),
            StringComparison.Ordinal
        );
        Assert.Equal("invalid_grant", (await client.RefreshAsync(bobs.RefreshToken)).Error);
        Assert.Equal("login_required", (await client.AuthorizeAsync(_bob, ("prompt", "none"))).Query("error"));
        Assert.Contains(
            "1 sign-ins of clients ended.",
            await AnswerAsync(await FollowAsync(await OpenAsync(_alice, "/admin?client_id=" + client.ClientId), "Sign this client out…")),
            StringComparison.Ordinal
        );
        Assert.Equal("invalid_grant", (await client.RefreshAsync(alices.RefreshToken)).Error);
    }

    [StoreFact]
    public async Task An_operator_deletes_a_client()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_bob);
        using var other = System.CreateClient();
        var metadata = OAuthClient.Metadata(other.RedirectUri);
        metadata["client_name"] = "Another one";
        await other.RegisterAsync(metadata);

        var list = await OpenAsync(_alice, "/admin/page/clients?search=test+client");
        Assert.DoesNotContain("Another one", list.Html, StringComparison.Ordinal);
        var done = await AnswerAsync(await FollowAsync(list, "Delete…"));

        Assert.Contains("The client is deleted.", done, StringComparison.Ordinal);
        Assert.Equal("invalid_client", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Contains(
            "registered, blocked",
            (await OpenAsync(_alice, "/admin/page/clients?search=test+client")).Html,
            StringComparison.Ordinal
        );
    }

    [StoreFact]
    public async Task An_operator_rotates_and_drops_keys()
    {
        using var client = System.CreateClient();
        // Answered once the key for id_tokens is made: there are two of each then.
        await client.Http.GetStringAsync(System.Issuer + "/jwks");
        Assert.Contains(
            "Keys published now: 4.",
            await AnswerAsync(await FollowAsync(await OpenAsync(_alice, "/admin/page/keys"), "Publish the next key…")),
            StringComparison.Ordinal
        );
        var signing = await OpenAsync(_alice, "/admin/page/keys");
        Assert.Contains("The key is dropped.", await AnswerAsync(await FollowAsync(signing, "Drop…")), StringComparison.Ordinal);
        var left = new HtmlParser().ParseDocument((await OpenAsync(_alice, "/admin/page/keys")).Html!).QuerySelectorAll("tbody tr");
        Assert.Equal(3, left.Length);
    }

    [StoreFact]
    public async Task An_operator_sees_what_happened_and_what_led_to_an_error_page()
    {
        using var client = System.CreateClient();
        await client.SignInAsync(_bob);
        var error = await _bob.OpenAsync(System.Issuer + "/oauth/consent?interaction=none", _ => false);
        var reference = new HtmlParser().ParseDocument(error.Html!).QuerySelector(".reference code")!.TextContent;

        var audit = await OpenAsync(_alice, "/admin/page/audit?search=token.issued");
        Assert.Contains(ClientIdDigest.Of(client.ClientId), audit.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("client.registered", audit.Html, StringComparison.Ordinal);
        var timeline = await OpenAsync(_alice, "/admin/page/timeline?reference=" + reference);
        Assert.Contains("consent_gone", timeline.Html, StringComparison.Ordinal);
        Assert.Contains("sign_in.unknown", timeline.Html, StringComparison.Ordinal);
        Assert.Contains(
            "Nothing is kept",
            (await OpenAsync(_alice, "/admin/page/timeline?reference=nothing")).Html,
            StringComparison.Ordinal
        );
    }

    [StoreFact]
    public async Task A_form_that_the_page_did_not_make_does_nothing()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(_bob);
        var ask = await OpenAsync(_alice, "/admin/page/act?action=reap");
        var (action, fields) = _alice.ReadForm(ask.Html!, ask.Uri)!.Value;

        // The answer to one question is none to another.
        fields["action"] = "everybody";
        await AssertRefusedAsync(action, fields);
        fields["token"] = "";
        await AssertRefusedAsync(action, fields);
        fields = _alice.ReadForm((await OpenAsync(_alice, "/admin/page/act?action=everybody")).Html!, ask.Uri)!.Value.Fields;
        await AssertRefusedAsync(
            action,
            fields,
            request =>
            {
                request.Headers.Remove("Origin");
                request.Headers.Add("Origin", "https://evil.example");
            }
        );
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
        using var done = await _alice.PostAsync(action, fields);
        Assert.Equal(200, (int)done.StatusCode);
    }

    [StoreFact]
    public async Task The_sign_in_of_an_operator_counts_for_an_hour_and_what_the_provider_says_then()
    {
        Assert.Equal(200, (await OpenAsync(_alice, "/admin")).Status);
        System.Clock.Advance(TimeSpan.FromMinutes(59));
        using (var answer = await _alice.GetAsync(System.Issuer + "/admin"))
        {
            Assert.Equal(200, (int)answer.StatusCode);
        }

        System.Clock.Advance(TimeSpan.FromMinutes(2));
        System.Idp!.Options.Users.Remove(System.Idp.Options.Users.Single(user => user.UserName == "alice"));
        System.Idp.Options.Users.Add(new("alice", "alice", "Alice Adams", "alice@example.com"));
        using var later = await _alice.GetAsync(System.Issuer + "/admin/page/keys");
        Assert.StartsWith(System.Idp.Issuer, later.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(403, (await OpenAsync(_alice, "/admin/page/keys")).Status);
    }

    [StoreFact]
    public async Task No_page_may_be_framed_cached_or_scripted()
    {
        await OpenAsync(_alice, "/admin");
        foreach (var path in new[] { "/admin", "/admin/page/clients", "/admin/page/act?action=everybody" })
        {
            using var response = await _alice.GetAsync(System.Issuer + path);
            Assert.Equal("DENY", Assert.Single(response.Headers.GetValues("X-Frame-Options")));
            Assert.Contains(
                "frame-ancestors 'none'",
                Assert.Single(response.Headers.GetValues("Content-Security-Policy")),
                StringComparison.Ordinal
            );
            Assert.True(response.Headers.CacheControl!.NoStore);
        }
    }

    [StoreFact]
    public async Task A_place_in_a_list_that_is_none_leads_to_its_beginning()
    {
        await OpenAsync(_alice, "/admin");
        using var answer = await _alice.GetAsync(System.Issuer + "/admin/page/clients?after=nonsense");
        Assert.Equal("/admin/page/clients", answer.Headers.Location!.OriginalString);
    }

    private async Task AssertRefusedAsync(Uri action, Dictionary<string, string> fields, Action<HttpRequestMessage>? change = null)
    {
        using var answer = await _alice.PostAsync(action, fields, change);
        Assert.Equal(400, (int)answer.StatusCode);
    }

    /// <summary>Opens a page, and signs in where nobody is.</summary>
    private async Task<BrowserResult> OpenAsync(Browser browser, string path)
    {
        var url = System.Issuer + path;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var response = await browser.GetAsync(url);
            if (response.Headers.Location is null)
            {
                return new BrowserResult(new Uri(url), await response.Content.ReadAsStringAsync(), (int)response.StatusCode);
            }

            var end = await browser.OpenAsync(url, uri => uri.AbsolutePath.StartsWith("/admin", StringComparison.Ordinal));
            Assert.Equal((url, 303), (end.Uri.AbsoluteUri, end.Status));
        }

        throw new InvalidOperationException("Signed in and sent away again.");
    }

    private async Task<BrowserResult> FollowAsync(BrowserResult page, string text)
    {
        var link = new HtmlParser()
            .ParseDocument(page.Html!)
            .QuerySelectorAll("main a")
            .First(link => link.TextContent.StartsWith(text, StringComparison.Ordinal));
        return await OpenAsync(_alice, link.GetAttribute("href")!);
    }

    private async Task<string> AnswerAsync(BrowserResult question)
    {
        var (action, fields) = _alice.ReadForm(question.Html!, question.Uri)!.Value;
        using var response = await _alice.PostAsync(action, fields);
        Assert.Equal(200, (int)response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}

/// <summary>The same on Redis.</summary>
[RequiresRedis]
public sealed class RedisAdminPageTests(RedisServerFixture fixture) : AdminPageTests, IClassFixture<RedisServerFixture>
{
    protected override async Task<TestStore> CreateStoreAsync() => TestStore.Redis(await fixture.ServerAsync());
}
