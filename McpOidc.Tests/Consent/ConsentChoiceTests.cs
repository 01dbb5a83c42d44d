using AngleSharp.Html.Parser;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Consent;

/// <summary>What a user can choose on the consent page besides yes and no: some of the scopes, and another account.</summary>
public sealed class ConsentChoiceTests
{
    private const string Asked = "openid files:read files:write";

    [Fact]
    public async Task A_person_can_leave_out_scopes_that_the_client_does_not_need_initially()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var page = await client.OpenConsentAsync(browser, ("scope", Asked));
        var boxes = new HtmlParser().ParseDocument(page.Html!).QuerySelectorAll("input[type=checkbox][name^=scope-]");
        Assert.Equal(["files:read", "files:write"], boxes.Select(box => box.GetAttribute("value")));

        var (action, fields) = browser.ReadForm(page.Html!, page.Uri)!.Value;
        fields.Remove(boxes[1].GetAttribute("name")!);
        using var answer = await browser.PostAsync(action, fields);
        var end = await browser.OpenAsync(new Uri(action, answer.Headers.Location!).AbsoluteUri, client.IsRedirectUri);
        var tokens = await client.RedeemAsync(end.Query("code")!);
        Assert.Equal("openid files:read", tokens["scope"]);

        // The client comes back for the rest because a call needs it: there is nothing to choose.
        var again = await client.OpenConsentAsync(browser, ("scope", Asked));
        var choice = new HtmlParser().ParseDocument(again.Html!).QuerySelectorAll("input[name^=scope-]");
        Assert.Equal(["files:read"], choice.Select(box => box.GetAttribute("value")));
        Assert.Equal(Asked, (await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", Asked))))["scope"]);
    }

    [Fact]
    public async Task The_signed_in_account_is_shown_at_the_top_and_another_account_is_one_click_away()
    {
        await using var system = await StartAsync();
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.SignInAsync(browser);
        var page = await client.OpenConsentAsync(browser, ("prompt", "consent"));
        var link = new HtmlParser().ParseDocument(page.Html!).QuerySelector("h1 + p.account")!;
        Assert.Contains("alice@example.com", link.TextContent, StringComparison.Ordinal);

        browser.UserName = "bob";
        var another = new Uri(page.Uri, link.QuerySelector("a")!.GetAttribute("href")!);
        var bobs = await browser.OpenAsync(another.AbsoluteUri, client.IsRedirectUri);
        var tokens = await client.RedeemAsync(bobs.Query("code")!);
        Assert.Equal("bob@example.com", Jwt.Read(tokens["id_token"]!)["email"]);
    }

    private static Task<TestSystem> StartAsync() =>
        TestSystem.StartAsync(options => options.Mcp = builder => builder.Services.AddMcpServer().WithTools<Protection.FileTools>());
}
