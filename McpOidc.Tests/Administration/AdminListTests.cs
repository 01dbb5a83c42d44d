using AngleSharp.Html.Parser;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Administration;

/// <summary>Sign-ins, users and confirmation questions as an operator sees them, on a SQLite file; <see cref="RedisAdminListTests"/> on
/// Redis.</summary>
public class AdminListTests : OperatorPages
{
    [StoreFact]
    public async Task Sign_ins_are_listed_from_newest_to_oldest()
    {
        foreach (var name in new[] { "First", "Second", "Third" })
        {
            System.Clock.Advance(TimeSpan.FromSeconds(2));
            using var client = await NamedAsync(name);
            await client.SignInAsync(Bob);
        }

        foreach (var path in new[] { "/admin", "/admin?search=bob%40example.com" })
        {
            var rows = Rows(await OpenAsync(Alice, path)).Select(row => row.QuerySelector("td:nth-child(2) a")!.TextContent);
            Assert.Equal(["Third", "Second", "First"], rows);
        }
    }

    [StoreTheory]
    [InlineData("/admin")]
    [InlineData("/admin?search=test+client")]
    public async Task The_oldest_sign_in_is_on_the_last_page_of_the_list(string path)
    {
        using var client = await NamedAsync("Test client");
        for (var i = 0; i < 13; i++)
        {
            System.Clock.Advance(TimeSpan.FromSeconds(2));
            await client.SignInAsync(Bob);
        }

        var first = await OpenAsync(Alice, path);
        var last = await FollowAsync(first, "More");

        var moments = Rows(first).Concat(Rows(last)).Select(row => row.QuerySelector("td:nth-child(4)")!.TextContent).ToList();
        Assert.Equal((12, 13), (Rows(first).Count, moments.Distinct().Count()));
        Assert.Equal(moments.OrderDescending(StringComparer.Ordinal), moments);
        Assert.Empty(new HtmlParser().ParseDocument(last.Html!).QuerySelectorAll(".pagination"));
    }

    [StoreFact]
    public async Task The_page_of_a_person_shows_the_provider_claims_and_only_the_sign_ins_of_that_person()
    {
        using var first = await NamedAsync("First");
        var subject = JwtReader.Payload((await first.SignInAsync(Bob)).AccessToken)["sub"]!.ToString();
        using var second = await NamedAsync("Second");
        await second.SignInAsync(Bob);
        using var others = await NamedAsync("Another person's");
        await others.SignInAsync(Alice);

        var list = await OpenAsync(Alice, "/admin?search=bob%40example.com");
        var page = await FollowAsync(list, "bob@example.com");

        Assert.EndsWith("/admin/page/person?user=" + subject, page.Uri.AbsoluteUri, StringComparison.Ordinal);
        var document = new HtmlParser().ParseDocument(page.Html!);
        Assert.Equal("bob@example.com", document.QuerySelector("h1")!.TextContent);
        var facts = document.QuerySelectorAll("dt").ToDictionary(term => term.TextContent, term => term.NextElementSibling!.TextContent);
        Assert.Equal(subject, facts["Subject here"]);
        Assert.Equal(System.Idp!.Issuer, facts["Identity provider"]);
        Assert.Equal("bob@example.com", facts["email"]);
        Assert.Equal(2, Rows(page).Count);
        Assert.DoesNotContain("Another person", page.Html, StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task A_confirmation_question_names_the_person_and_the_client()
    {
        using var client = await NamedAsync("The client");
        await client.SignInAsync(Bob);
        var list = await OpenAsync(Alice, "/admin?search=bob%40example.com");

        var session = (await FollowAsync(list, "Sign out…")).Html!;
        Assert.Contains("bob@example.com", session, StringComparison.Ordinal);
        Assert.Contains("The client", session, StringComparison.Ordinal);
        var person = (await FollowAsync(await FollowAsync(list, "bob@example.com"), "Sign this person out…")).Html!;
        Assert.Contains("bob@example.com", person, StringComparison.Ordinal);
        var everyone = (await FollowAsync(await FollowAsync(list, "The client"), "Sign this client out…")).Html!;
        Assert.Contains("The client", everyone, StringComparison.Ordinal);
        var deleted = (await FollowAsync(await OpenAsync(Alice, "/admin/page/clients?search=the+client"), "Delete…")).Html!;
        Assert.Contains("<bdi>The client</bdi>", deleted, StringComparison.Ordinal);
    }
}

/// <summary>The same on Redis.</summary>
[RequiresRedis]
public sealed class RedisAdminListTests(RedisServerFixture fixture) : AdminListTests, IClassFixture<RedisServerFixture>
{
    protected override async Task<TestStore> CreateStoreAsync() => TestStore.Redis(await fixture.ServerAsync());
}
