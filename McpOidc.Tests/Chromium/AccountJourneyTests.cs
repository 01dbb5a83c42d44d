using System.Text.RegularExpressions;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Chromium;

/// <summary>
/// Connected applications and administration in a real browser without JavaScript: with the mouse, and with the keyboard alone.
/// </summary>
[Collection(ChromiumSystem.Collection)]
public sealed class AccountJourneyTests(ChromiumSystem system)
{
    private ChromiumWindow Window => system.Window;

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_can_sign_out_an_application(bool byKeys)
    {
        var name = $"Journey {(byKeys ? "by keys" : "by clicks")}";
        using var client = await ConnectAsync(name);
        var page = await Window.GoAsync(system.System.Issuer + "/account");
        Assert.Equal("Connected applications · Example Labs", page.Title);

        page = await Window.ActAsync(byKeys, "button", $"Sign out {name}");

        Assert.Contains("The application is signed out.", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(name, page.Html, StringComparison.Ordinal);
        Assert.Equal(
            "consent_required",
            (await Window.GoAsync(client.AuthorizeUrl(("login_hint", "alice@example.com"), ("prompt", "none")))).Query("error")
        );
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_can_remove_one_scope_from_an_application(bool byKeys)
    {
        var name = $"Narrowed {(byKeys ? "by keys" : "by clicks")}";
        using var client = await ConnectAsync(name);
        var ability = $"Use on your behalf: “Write a file” (files:write) {name}";
        Assert.Contains(ability, (await Window.GoAsync(system.System.Issuer + "/account")).Html, StringComparison.Ordinal);

        var page = await Window.ActAsync(byKeys, "button", $"Remove {ability}");

        Assert.Contains("Removed. The application’s next token no longer has it.", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(ability, page.Html, StringComparison.Ordinal);
        Assert.Contains($"(files:read) {name}", page.Html, StringComparison.Ordinal);
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_can_sign_out_everywhere(bool byKeys)
    {
        using var client = await ConnectAsync("Everywhere");
        await Window.GoAsync(system.System.Issuer + "/account");

        var page = await Window.ActAsync(byKeys, "button", "Sign out everywhere");

        Assert.Contains("Every application and every browser is signed out.", page.Html, StringComparison.Ordinal);
        Assert.Equal("login_required", (await Window.GoAsync(client.AuthorizeUrl(("prompt", "none")))).Query("error"));
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_signs_in_to_view_the_account_and_signs_out_of_the_browser(bool byKeys)
    {
        await Window.OpenAsync();
        await Window.GoAsync(system.System.Issuer + "/account");
        await Window.ActAsync(byKeys, "button", "Example staff");
        Assert.Equal("Connected applications · Example Labs", (await Window.SignInAtProviderAsync()).Title);

        Assert.Equal("Signed out · Example Labs", (await Window.ActAsync(byKeys, "button", "Sign out of this browser")).Title);
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_operator_finds_a_sign_in_and_ends_it(bool byKeys)
    {
        var name = $"Operated {(byKeys ? "by keys" : "by clicks")}";
        using var client = await ConnectAsync(name);
        await Window.GoAsync(system.System.Issuer + "/admin");
        await Window.TabToAsync("searchbox", "Person, client, or id of a sign-in");
        await Window.TypeAsync(name);
        var list = await Window.PressAsync("Enter");
        Assert.Equal("Sign-ins · Administration · Example Labs", list.Title);

        await Window.ActAsync(byKeys, "link", $"Sign out… {name}");
        var done = await Window.ActAsync(byKeys, "button", "Sign out");

        Assert.Contains("1 sign-in ended.", done.Html, StringComparison.Ordinal);
        Assert.Contains("ended", (await Window.ActAsync(byKeys, "link", "Back to the list")).Html, StringComparison.Ordinal);
    }

    [ChromiumTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_operator_navigates_between_sections_and_looks_up_a_reference(bool byKeys)
    {
        using var client = await ConnectAsync("Looked at");
        await Window.GoAsync(system.System.Issuer + "/admin");
        foreach (var (link, title) in new[] { ("Clients", "Clients"), ("Keys", "Keys"), ("Audit", "Audit"), ("Sign-ins", "Sign-ins") })
        {
            Assert.Equal($"{title} · Administration · Example Labs", (await Window.ActAsync(byKeys, "link", link)).Title);
        }

        var error = await Window.GoAsync(system.System.Issuer + "/oauth/consent?interaction=none");
        var reference = Regex.Match(error.Html, "Reference: <code>([A-Za-z0-9_-]{10})</code>").Groups[1].Value;
        await Window.GoAsync(system.System.Issuer + "/admin");
        await Window.ActAsync(byKeys, "link", "Timeline");
        await Window.TabToAsync("searchbox", "Reference on the error page");
        await Window.TypeAsync(reference);
        var timeline = await Window.PressAsync("Enter");

        Assert.Contains("consent_gone", timeline.Html, StringComparison.Ordinal);
    }

    /// <summary>A client that a user has just connected in a new window.</summary>
    private async Task<OAuthClient> ConnectAsync(string name)
    {
        var client = await system.RegisterAsync(name: name);
        await Window.OpenAsync();
        await Window.GoAsync(ChromiumSystem.AuthorizeUrl(client));
        await Window.ClickAsync("button", "Allow");
        var end = await Window.SignInAtProviderAsync();
        await client.RedeemAsync(end.Query("code")!);
        return client;
    }
}
