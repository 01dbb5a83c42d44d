using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOidc.Tests.Chromium;

/// <summary>
/// Every page, in two sizes, light and dark, left-to-right and right-to-left: axe finds nothing, nothing is wider than the window, the
/// browser reports no problems, and the page is small. <c>artifacts/pages</c> keeps the screenshots.
/// </summary>
[Collection(ChromiumSystem.Collection)]
public sealed class PageQualityTests(ChromiumSystem system, PageQualityTests.Person person) : IClassFixture<PageQualityTests.Person>
{
    private const int MaximumSize = 15 * 1024;
    private const string PrivateUri = "cursor://anysphere.cursor-mcp/oauth/callback";

    private static readonly Dictionary<string, Func<PageQualityTests, Task<ShownPage>>> s_pages = new()
    {
        ["consent"] = page => page.ConsentAsync("https://app.example/cb"),
        ["consent-loopback"] = page => page.ConsentAsync("http://localhost:9/callback"),
        ["consent-private-scheme"] = page => page.ConsentAsync(PrivateUri),
        ["consent-details"] = page => page.DetailsAsync("http://localhost:9/callback"),
        ["choose-provider"] = page => page.ChooseAsync(),
        ["open-application"] = page => page.AnsweredAsync(PrivateUri),
        ["open-application-refused"] = page => page.DeniedAsync(),
        ["hand-off"] = page => page.HandOffAsync(),
        ["refused"] = page => page.RefusedAsync(),
        ["error"] = page => page.GoAsync("/authorize?client_id=nobody"),
        ["error-redirect-uri"] = page => page.RedirectUriAsync(),
        ["start-again"] = page => page.GoAsync("/oauth/consent?interaction=none"),
        ["sign-out"] = page => page.GoAsync("/session/end"),
        ["signed-out"] = page => page.SignedOutAsync(),
    };

    /// <summary>Pages for a signed-in user.</summary>
    private static readonly Dictionary<string, Func<PageQualityTests, Task<ShownPage>>> s_personsPages = new()
    {
        ["consent-signed-in"] = page => page.ConsentAsync("https://app.example/cb", "Another Helper"),
        ["account"] = page => page.GoAsync("/account"),
        ["token"] = page => page.TokenAsync(isMade: false),
        ["token-made"] = page => page.TokenAsync(isMade: true),
        ["device"] = page => page.DeviceAsync("code"),
        ["device-link"] = page => page.DeviceAsync("link"),
        ["device-access"] = page => page.DeviceAsync("access"),
        ["device-done"] = page => page.DeviceAsync("done"),
    };

    /// <summary>In English only.</summary>
    private static readonly Dictionary<string, Func<PageQualityTests, Task<ShownPage>>> s_operatorsPages = new()
    {
        ["admin-sessions"] = page => page.GoAsync("/admin"),
        ["admin-person"] = page => page.FollowAsync("/admin?search=Another", "alice@example.com"),
        ["admin-clients"] = page => page.GoAsync("/admin/page/clients"),
        ["admin-keys"] = page => page.GoAsync("/admin/page/keys"),
        ["admin-audit"] = page => page.GoAsync("/admin/page/audit"),
        ["admin-timeline"] = page => page.TimelineAsync(),
        ["admin-question"] = page => page.FollowAsync("/admin?search=Another", "Sign out… Another Helper"),
    };

    private static readonly Dictionary<string, Func<PageQualityTests, Task<ShownPage>>> s_all = new(
        s_pages.Concat(s_personsPages).Concat(s_operatorsPages)
    );

    public static TheoryData<string, string> PagesAndLanguages
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var page in s_pages.Keys.Concat(s_personsPages.Keys))
            {
                all.Add(page, "en");
                all.Add(page, "ar");
            }

            // Languages with long words, and one without spaces.
            foreach (var page in new[] { "consent-loopback", "account" })
            {
                all.Add(page, "de");
                all.Add(page, "fr");
                all.Add(page, "es");
                all.Add(page, "ja");
            }

            foreach (var page in new[] { "token", "device-access" })
            {
                all.Add(page, "de");
                all.Add(page, "ja");
            }

            all.Add("hand-off", "ja");
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
        var cookies = s_pages.ContainsKey(name) ? null : person.Cookies ??= await SignInOnceAsync();
        await Window.OpenKeptAsync(language, cookies);
        var page = await s_all[name](this);
        Assert.EndsWith(" · Example Labs", page.Title, StringComparison.Ordinal);

        Assert.True(page.Size < MaximumSize, $"{page.Size} bytes");
        Assert.StartsWith(system.System.Issuer + "/oauth/style.css?v=", Assert.Single(page.Loaded), StringComparison.Ordinal);
        Assert.Contains($"<html lang=\"{language}\" dir=\"{(language == "ar" ? "rtl" : "ltr")}\">", page.Html, StringComparison.Ordinal);

        var (violations, rules) = await Window.AuditAsync(language == "en" ? name : $"{name}-{language}", isEnglish: language == "en");
        Assert.True(violations.Count == 0, string.Join('\n', violations));
        // An audit that checked nothing finds nothing.
        Assert.True(rules > 20, $"{rules} rules");
    }

    // The audit needs script and bypasses the policy; this test shows what a user's browser reports.
    [ChromiumTheory]
    [InlineData("consent-loopback")]
    [InlineData("choose-provider")]
    [InlineData("hand-off")]
    [InlineData("error")]
    public async Task The_browser_reports_no_errors_under_the_content_security_policy(string name)
    {
        await Window.OpenAsync();

        var page = await s_pages[name](this);

        // The browser's console reports the status of an error page, and nothing else.
        Assert.DoesNotContain(page.Complaints, complaint => !complaint.Contains("status of 400", StringComparison.Ordinal));
    }

    private async Task<ShownPage> ConsentAsync(string redirectUri, string name = "Code Helper")
    {
        using var client = await system.RegisterAsync(redirectUri, name);
        return await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
    }

    private async Task<ShownPage> DetailsAsync(string redirectUri)
    {
        await ConsentAsync(redirectUri);
        return await Window.ExpandAsync();
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
        return await Window.SignInAtProviderAsync("carol");
    }

    private async Task<ShownPage> DeniedAsync()
    {
        await ConsentAsync(PrivateUri, "Cursor");
        return await Window.ClickAsync("button", _language == "ar" ? "الرفض" : "Deny");
    }

    private async Task<ShownPage> RefusedAsync()
    {
        await ConsentAsync("https://app.example/cb");
        await AllowAsync();
        return await Window.SignInAtProviderAsync("bob");
    }

    private async Task<ShownPage> RedirectUriAsync()
    {
        using var client = await system.RegisterAsync("https://app.example/cb");
        await Window.GoAsync(client.AuthorizeUrl(("redirect_uri", "https://app.example/other"), ("ui_locales", _language)));
        return await Window.ExpandAsync();
    }

    private async Task<ShownPage> HandOffAsync()
    {
        await DetailsAsync("http://localhost:9/callback");
        await Window.ClickAsync(
            "checkbox",
            _language == "ja" ? "アプリケーションは別のコンピューターで動作しています" : "The application runs on another computer"
        );
        await AllowAsync();
        return await Window.SignInAtProviderAsync("carol");
    }

    private async Task<ShownPage> SignedOutAsync()
    {
        await GoAsync("/session/end");
        return await Window.ClickAsync("button", "Sign out");
    }

    /// <summary>Signs in a user with two applications and with access to the operators' pages.</summary>
    private async Task<JsonNode> SignInOnceAsync()
    {
        await Window.OpenAsync();
        foreach (var name in new[] { "Code Helper", "Another Helper" })
        {
            using var client = await system.RegisterAsync(system.LoopbackUri, name);
            await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
            var end = await Window.EnterAsync("button", "Allow");
            end = name == "Code Helper" ? await Window.SignInAtProviderAsync() : end;
            await client.RedeemAsync(end.Query("code")!);
        }

        return await Window.CookiesAsync();
    }

    private async Task<ShownPage> TokenAsync(bool isMade)
    {
        var page = await GoAsync("/account/tokens");
        if (!isMade)
        {
            return page;
        }

        await Window.TabToAsync("textbox", "Name");
        await Window.TypeAsync("weekly report");
        return await Window.ClickAsync("button", "Create token");
    }

    private async Task<ShownPage> DeviceAsync(string step)
    {
        using var device = await system.BeginDeviceAsync();
        var page = await GoAsync(step == "code" ? "/device" : $"/device?user_code={device.UserCode}");
        if (step is "access" or "done")
        {
            page = await Window.ClickAsync(
                "button",
                _language switch
                {
                    "de" => "Weiter",
                    "ja" => "続ける",
                    _ => "Continue",
                }
            );
        }

        return step == "done" ? await AllowAsync() : page;
    }

    private async Task<ShownPage> FollowAsync(string path, string link)
    {
        await GoAsync(path);
        return await Window.ClickAsync("link", link);
    }

    private async Task<ShownPage> TimelineAsync()
    {
        var error = await GoAsync("/oauth/consent?interaction=none");
        return await GoAsync(
            "/admin/page/timeline?reference=" + Regex.Match(error.Html, "Reference: <code>([A-Za-z0-9_-]{10})</code>").Groups[1].Value
        );
    }

    private Task<ShownPage> GoAsync(string path) => Window.GoAsync(system.System.Issuer + path);

    private Task<ShownPage> AllowAsync() =>
        Window.EnterAsync(
            "button",
            _language switch
            {
                "ar" => "السماح",
                "ja" => "許可する",
                _ => "Allow",
            }
        );

    /// <summary>Signs in once for all pages that need a signed-in user.</summary>
    public sealed class Person
    {
        public JsonNode? Cookies { get; set; }
    }
}
