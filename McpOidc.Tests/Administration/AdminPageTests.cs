using AngleSharp.Html.Parser;
using McpOidc.Registration;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Administration;

/// <summary>What an operator sees and does on the pages, on a SQLite file; <see cref="RedisAdminPageTests"/> on Redis.</summary>
public class AdminPageTests : OperatorPages
{
    [StoreFact]
    public async Task A_person_without_the_claim_sees_no_page_and_can_do_nothing()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(Alice);
        foreach (
            var path in new[]
            {
                "/admin",
                "/admin/page/grants",
                "/admin/page/person?user=x",
                "/admin/page/clients",
                "/admin/page/keys",
                "/admin/page/audit",
                "/admin/page/timeline",
                "/admin/page/act?action=everybody",
            }
        )
        {
            var page = await OpenAsync(Bob, path);
            Assert.Equal((path, 403), (path, page.Status));
            Assert.Contains("You cannot open this page", page.Html, StringComparison.Ordinal);
            Assert.DoesNotContain("alice", page.Html, StringComparison.Ordinal);
        }

        using var posted = await Bob.PostAsync(new Uri(System.Issuer + "/admin/page/act"), [new("action", "everybody"), new("id", "")]);
        Assert.Equal(403, (int)posted.StatusCode);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [StoreFact]
    public async Task The_admin_pages_do_not_exist_unless_a_claim_is_configured()
    {
        await using var plain = await TestSystem.StartAsync();
        foreach (var path in new[] { "/admin", "/admin/page/grants", "/admin/page/act?action=everybody" })
        {
            using var answer = await Alice.GetAsync(plain.Issuer + path);
            Assert.Equal((path, 404), (path, (int)answer.StatusCode));
        }
    }

    [StoreFact]
    public async Task An_operator_finds_a_sign_in_by_the_person_and_ends_it()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(Bob);
        using var others = System.CreateClient();
        var kept = await others.SignInAsync(Alice);

        var list = await OpenAsync(Alice, "/admin?search=BOB%40example.com");
        Assert.Contains("bob@example.com", list.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("alice@example.com", list.Html, StringComparison.Ordinal);
        var done = await AnswerAsync(await FollowAsync(list, "Sign out…"));

        Assert.Contains("1 sign-in ended.", done, StringComparison.Ordinal);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal(200, (await others.RefreshAsync(kept.RefreshToken)).Status);
        Assert.Contains("ended", (await OpenAsync(Alice, "/admin?search=bob%40example.com")).Html, StringComparison.Ordinal);
        Assert.Contains(
            System.Server.Logs.Lines,
            line =>
                line.Contains("operator.acted", StringComparison.Ordinal) && line.Contains("action grant.revoke", StringComparison.Ordinal)
        );
    }

    [StoreFact]
    public async Task An_operator_signs_out_a_person_and_a_client()
    {
        using var client = System.CreateClient();
        var bobs = await client.SignInAsync(Bob);
        var alices = await client.RedeemAsync(await client.GetCodeAsync(Alice));
        var subject = JwtReader.Payload(bobs.AccessToken)["sub"]!.ToString();

        Assert.Contains(
            "1 sign-in ended.",
            await AnswerAsync(await FollowAsync(await OpenAsync(Alice, "/admin/page/person?user=" + subject), "Sign this person out…")),
            StringComparison.Ordinal
        );
        Assert.Equal("invalid_grant", (await client.RefreshAsync(bobs.RefreshToken)).Error);
        Assert.Equal("login_required", (await client.AuthorizeAsync(Bob, ("prompt", "none"))).Query("error"));
        Assert.Contains(
            "1 sign-in ended.",
            await AnswerAsync(await FollowAsync(await OpenAsync(Alice, "/admin?client_id=" + client.ClientId), "Sign this client out…")),
            StringComparison.Ordinal
        );
        Assert.Equal("invalid_grant", (await client.RefreshAsync(alices.RefreshToken)).Error);
    }

    [StoreFact]
    public async Task An_operator_deletes_a_client()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(Bob);
        using var other = System.CreateClient();
        var metadata = OAuthClient.Metadata(other.RedirectUri);
        metadata["client_name"] = "Another one";
        await other.RegisterAsync(metadata);

        var list = await OpenAsync(Alice, "/admin/page/clients?search=test+client");
        Assert.DoesNotContain("Another one", list.Html, StringComparison.Ordinal);
        var done = await AnswerAsync(await FollowAsync(list, "Delete…"));

        Assert.Contains("The client is deleted.", done, StringComparison.Ordinal);
        Assert.Equal("invalid_client", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Contains(
            "registered, blocked",
            (await OpenAsync(Alice, "/admin/page/clients?search=test+client")).Html,
            StringComparison.Ordinal
        );
    }

    [StoreFact]
    public async Task An_operator_rotates_and_drops_keys()
    {
        using var client = System.CreateClient();
        // Responds once the key for id_tokens has been created: then there are two of each.
        await client.Http.GetStringAsync(System.Issuer + "/jwks");
        Assert.Contains(
            "Keys published now: 4.",
            await AnswerAsync(await FollowAsync(await OpenAsync(Alice, "/admin/page/keys"), "Publish the next key…")),
            StringComparison.Ordinal
        );
        var signing = await OpenAsync(Alice, "/admin/page/keys");
        Assert.Contains("The key is dropped.", await AnswerAsync(await FollowAsync(signing, "Drop…")), StringComparison.Ordinal);
        var left = new HtmlParser().ParseDocument((await OpenAsync(Alice, "/admin/page/keys")).Html!).QuerySelectorAll("tbody tr");
        Assert.Equal(3, left.Length);
    }

    [StoreFact]
    public async Task An_operator_sees_recent_events_and_what_led_to_an_error_page()
    {
        using var client = System.CreateClient();
        await client.SignInAsync(Bob);
        var error = await Bob.OpenAsync(System.Issuer + "/oauth/consent?interaction=none", _ => false);
        var reference = new HtmlParser().ParseDocument(error.Html!).QuerySelector(".reference code")!.TextContent;

        var audit = await OpenAsync(Alice, "/admin/page/audit?search=token.issued");
        Assert.Contains(ClientIdDigest.Of(client.ClientId), audit.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("client.registered", audit.Html, StringComparison.Ordinal);
        var timeline = await OpenAsync(Alice, "/admin/page/timeline?reference=" + reference);
        Assert.Contains("consent_gone", timeline.Html, StringComparison.Ordinal);
        Assert.Contains("sign_in.unknown", timeline.Html, StringComparison.Ordinal);
        Assert.Contains(
            "No timeline has this reference",
            (await OpenAsync(Alice, "/admin/page/timeline?reference=nothing")).Html,
            StringComparison.Ordinal
        );
    }

    [StoreFact]
    public async Task A_form_that_the_page_did_not_create_does_nothing()
    {
        using var client = System.CreateClient();
        var tokens = await client.SignInAsync(Bob);
        var ask = await OpenAsync(Alice, "/admin/page/act?action=reap");
        var (action, fields) = Alice.ReadForm(ask.Html!, ask.Uri)!.Value;

        // The answer to one question is not valid for another.
        fields["action"] = "everybody";
        await AssertRefusedAsync(action, fields);
        fields["token"] = "";
        await AssertRefusedAsync(action, fields);
        fields = Alice.ReadForm((await OpenAsync(Alice, "/admin/page/act?action=everybody")).Html!, ask.Uri)!.Value.Fields;
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
        using var done = await Alice.PostAsync(action, fields);
        Assert.Equal(200, (int)done.StatusCode);
    }

    [StoreFact]
    public async Task The_sign_in_of_an_operator_lasts_an_hour_and_is_then_rechecked_at_the_provider()
    {
        Assert.Equal(200, (await OpenAsync(Alice, "/admin")).Status);
        System.Clock.Advance(TimeSpan.FromMinutes(59));
        using (var answer = await Alice.GetAsync(System.Issuer + "/admin"))
        {
            Assert.Equal(200, (int)answer.StatusCode);
        }

        System.Clock.Advance(TimeSpan.FromMinutes(2));
        System.Idp!.Options.Users.Remove(System.Idp.Options.Users.Single(user => user.UserName == "alice"));
        System.Idp.Options.Users.Add(new("alice", "alice", "Alice Adams", "alice@example.com"));
        using var later = await Alice.GetAsync(System.Issuer + "/admin/page/keys");
        Assert.StartsWith(System.Idp.Issuer, later.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(403, (await OpenAsync(Alice, "/admin/page/keys")).Status);
    }

    [StoreFact]
    public async Task No_page_may_be_framed_cached_or_scripted()
    {
        await OpenAsync(Alice, "/admin");
        foreach (var path in new[] { "/admin", "/admin/page/clients", "/admin/page/act?action=everybody" })
        {
            using var response = await Alice.GetAsync(System.Issuer + path);
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
    public async Task An_invalid_list_position_redirects_to_the_start_of_the_list()
    {
        await OpenAsync(Alice, "/admin");
        using var answer = await Alice.GetAsync(System.Issuer + "/admin/page/clients?after=nonsense");
        Assert.Equal("/admin/page/clients", answer.Headers.Location!.OriginalString);
    }

    private async Task AssertRefusedAsync(Uri action, Dictionary<string, string> fields, Action<HttpRequestMessage>? change = null)
    {
        using var answer = await Alice.PostAsync(action, fields, change);
        Assert.Equal(400, (int)answer.StatusCode);
    }
}

/// <summary>The same on Redis.</summary>
[RequiresRedis]
public sealed class RedisAdminPageTests(RedisServerFixture fixture) : AdminPageTests, IClassFixture<RedisServerFixture>
{
    protected override async Task<TestStore> CreateStoreAsync() => TestStore.Redis(await fixture.ServerAsync());
}
