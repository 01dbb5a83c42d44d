using System.Text.RegularExpressions;

namespace McpOidc.Tests.Chromium;

/// <summary>
/// Every page, in two sizes, light and dark, from left to right and from right to left: axe finds nothing, nothing is wider than the
/// window, the browser has nothing to complain of, and the page is small. Pictures are kept in <c>artifacts/pages</c>.
/// </summary>
[Collection(ChromiumSystem.Collection)]
public sealed class PageQualityTests(ChromiumSystem system)
{
    private const int MaximumSize = 15 * 1024;
    private const string PrivateUri = "cursor://anysphere.cursor-mcp/oauth/callback";

    private static readonly Dictionary<string, Func<PageQualityTests, Task<ShownPage>>> s_pages = new()
    {
        ["consent"] = page => page.ConsentAsync("https://app.example/cb"),
        ["consent-loopback"] = page => page.ConsentAsync("http://localhost:9/callback"),
        ["consent-private-scheme"] = page => page.ConsentAsync(PrivateUri),
        ["consent-signed-in"] = page => page.ConsentSignedInAsync(),
        ["choose-provider"] = page => page.ChooseAsync(),
        ["open-application"] = page => page.AnsweredAsync(PrivateUri),
        ["open-application-refused"] = page => page.RefusedAsync(),
        ["hand-off"] = page => page.HandOffAsync(),
        ["error"] = page => page.GoAsync("/authorize?client_id=nobody"),
        ["start-again"] = page => page.GoAsync("/oauth/consent?interaction=none"),
        ["sign-out"] = page => page.GoAsync("/session/end"),
        ["signed-out"] = page => page.SignedOutAsync(),
        ["account"] = page => page.AccountAsync(),
    };

    /// <summary>In English only.</summary>
    private static readonly Dictionary<string, Func<PageQualityTests, Task<ShownPage>>> s_operatorsPages = new()
    {
        ["admin-sessions"] = page => page.AdminAsync("/admin"),
        ["admin-clients"] = page => page.AdminAsync("/admin/page/clients"),
        ["admin-keys"] = page => page.AdminAsync("/admin/page/keys"),
        ["admin-audit"] = page => page.AdminAsync("/admin/page/audit"),
        ["admin-timeline"] = page => page.TimelineAsync(),
        ["admin-question"] = page => page.AdminAsync("/admin/page/act?action=everybody"),
    };

    public static TheoryData<string, string> PagesAndLanguages
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var page in s_pages.Keys)
            {
                all.Add(page, "en");
                all.Add(page, "ar");
            }

            // The longest words and the ones without spaces.
            all.Add("consent-loopback", "de");
            all.Add("consent-loopback", "ja");
            all.Add("hand-off", "ja");
            all.Add("account", "de");
            all.Add("account", "ja");
            foreach (var page in s_operatorsPages.Keys)
            {
                all.Add(page, "en");
            }

            return all;
        }
    }

    private string _language = "en";

    private ChromiumWindow Window => system.Window;

    [ChromiumTheory]
    [MemberData(nameof(PagesAndLanguages))]
    public async Task A_page_is_accessible_small_and_complete(string name, string language)
    {
        _language = language;
        await Window.OpenAsync(language, script: true);
        var page = await (s_pages.GetValueOrDefault(name) ?? s_operatorsPages[name])(this);
        Assert.EndsWith(" · Example Labs", page.Title, StringComparison.Ordinal);

        Assert.True(page.Size < MaximumSize, $"{page.Size} bytes");
        Assert.StartsWith(system.System.Issuer + "/oauth/style.css?v=", Assert.Single(page.Loaded), StringComparison.Ordinal);
        Assert.Contains($"<html lang=\"{language}\" dir=\"{(language == "ar" ? "rtl" : "ltr")}\">", page.Html, StringComparison.Ordinal);

        var (violations, rules) = await Window.AuditAsync(language == "en" ? name : $"{name}-{language}");
        Assert.True(violations.Count == 0, string.Join('\n', violations));
        // An audit that looked at nothing finds nothing.
        Assert.True(rules > 20, $"{rules} rules");
    }

    // The audit needs script and is let past the policy; this is what a person's browser makes of it.
    [ChromiumTheory]
    [InlineData("consent-loopback")]
    [InlineData("choose-provider")]
    [InlineData("hand-off")]
    [InlineData("error")]
    public async Task A_browser_has_nothing_to_complain_of_under_the_policy(string name)
    {
        await Window.OpenAsync();

        var page = await s_pages[name](this);

        // An error is an error to the browser's console, and nothing else.
        Assert.DoesNotContain(page.Complaints, complaint => !complaint.Contains("status of 400", StringComparison.Ordinal));
    }

    private async Task<ShownPage> ConsentAsync(string redirectUri, string name = "Code Helper")
    {
        using var client = await system.RegisterAsync(redirectUri, name);
        return await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
    }

    private async Task<ShownPage> ConsentSignedInAsync()
    {
        await ConsentAsync(system.LoopbackUri);
        await AllowAsync();
        await SignInAsync();
        return await ConsentAsync("https://app.example/cb", "Another Helper");
    }

    private async Task<ShownPage> ChooseAsync()
    {
        using var client = await system.RegisterAsync();
        await Window.GoAsync(client.AuthorizeUrl());
        return await AllowAsync();
    }

    private async Task<ShownPage> AnsweredAsync(string redirectUri)
    {
        await ConsentAsync(redirectUri, "Cursor");
        await AllowAsync();
        return await SignInAsync();
    }

    private async Task<ShownPage> RefusedAsync()
    {
        await ConsentAsync(PrivateUri, "Cursor");
        return await Window.ClickAsync("button", _language == "ar" ? "الرفض" : "Deny");
    }

    private async Task<ShownPage> HandOffAsync()
    {
        await ConsentAsync("http://localhost:9/callback");
        await Window.ClickAsync(
            "checkbox",
            _language == "ja" ? "アプリケーションは別のコンピューターで動作しています" : "The application runs on another computer"
        );
        await AllowAsync();
        return await SignInAsync();
    }

    private async Task<ShownPage> SignedOutAsync()
    {
        await GoAsync("/session/end");
        return await Window.ClickAsync("button", "Sign out");
    }

    private async Task<ShownPage> AccountAsync()
    {
        foreach (var name in new[] { "Code Helper", "Another Helper" })
        {
            using var client = await system.RegisterAsync(system.LoopbackUri, name);
            await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
            await AllowAsync();
            await (name == "Code Helper" ? SignInAsync() : Task.CompletedTask);
        }

        return await GoAsync("/account");
    }

    private async Task<ShownPage> AdminAsync(string path)
    {
        await AccountAsync();
        return await GoAsync(path);
    }

    private async Task<ShownPage> TimelineAsync()
    {
        await AccountAsync();
        var error = await GoAsync("/oauth/consent?interaction=none");
        return await GoAsync(
            "/admin/page/timeline?reference=" + Regex.Match(error.Html, "Reference: <code>([A-Za-z0-9_-]{10})</code>").Groups[1].Value
        );
    }

    private Task<ShownPage> GoAsync(string path) => Window.GoAsync(system.System.Issuer + path);

    private Task<ShownPage> AllowAsync() =>
        Window.ClickAsync(
            "button",
            _language switch
            {
                "ar" => "السماح",
                "ja" => "許可する",
                "de" => "Erlauben",
                _ => "Allow",
            }
        );

    private async Task<ShownPage> SignInAsync()
    {
        await Window.TabToAsync("textbox", "User name");
        await Window.TypeAsync("alice");
        await Window.TabToAsync("textbox", "Password");
        await Window.TypeAsync("alice");
        return await Window.ClickAsync("button", "Sign in");
    }
}
