using AngleSharp.Html.Parser;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Logout;

/// <summary>Who may sign a browser out without confirmation (OpenID Connect RP-Initiated Logout §2; security case B34).</summary>
public sealed class SignOutHintTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private const string Bye = "https://evil.example/bye";
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_hint_for_another_person_does_not_sign_the_person_out_before_they_press_the_button(
        bool namesClient,
        bool namesAddress
    )
    {
        using var attacker = await RegisterAsync();
        using var bob = new Browser { UserName = "bob" };
        var hint = (await attacker.SignInAsync(bob))["id_token"];
        using var client = await fixture.RegisterAsync();
        await client.SignInAsync(_browser);

        var shown = await OpenAsync(hint, namesClient ? attacker.ClientId : null, namesAddress ? Bye : null);

        Assert.NotNull((await client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("code"));
        Assert.Contains("Sign out?", shown.Html, StringComparison.Ordinal);
        Assert.Equal(namesAddress, shown.Html!.Contains("continue to <bdi>evil.example</bdi>", StringComparison.Ordinal));

        var (action, fields) = _browser.ReadForm(shown.Html!, shown.Uri)!.Value;
        using var pressed = await _browser.PostAsync(action, fields);
        Assert.Equal(namesAddress ? Bye + "?state=s%26t" : null, pressed.Headers.Location?.AbsoluteUri);
        Assert.Equal("login_required", (await client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("error"));
    }

    [Fact]
    public async Task A_matching_hint_signs_out_immediately_and_a_self_registered_redirect_URI_is_shown_as_a_link()
    {
        using var client = await RegisterAsync();
        var tokens = await client.SignInAsync(_browser);

        var shown = await OpenAsync(tokens["id_token"], client.ClientId, Bye);

        Assert.Contains("You are signed out here", shown.Html, StringComparison.Ordinal);
        Assert.Equal(Bye + "?state=s%26t", LinkOf(shown.Html!));
        Assert.Contains("evil.example", new HtmlParser().ParseDocument(shown.Html!).Body!.TextContent, StringComparison.Ordinal);
        Assert.Equal("login_required", (await client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("error"));
    }

    [Fact]
    public async Task A_form_from_another_browser_or_site_does_not_sign_the_person_out()
    {
        using var client = await fixture.RegisterAsync();
        await client.SignInAsync(_browser);
        var shown = await OpenAsync(null, null, null);
        var (action, fields) = _browser.ReadForm(shown.Html!, shown.Uri)!.Value;

        using var other = new Browser();
        var elsewhere = await other.OpenAsync(fixture.System.Issuer + "/session/end", uri => uri.AbsolutePath == "/session/end");
        using var foreign = await _browser.PostAsync(action, other.ReadForm(elsewhere.Html!, elsewhere.Uri)!.Value.Fields);
        using var crossSite = await _browser.PostAsync(
            action,
            fields,
            request =>
            {
                request.Headers.Remove("Origin");
                request.Headers.Add("Origin", "https://evil.example");
            }
        );
        using var asLink = await _browser.GetAsync(QueryHelpers.AddQueryString(action.AbsoluteUri, fields!));

        Assert.NotNull((await client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("code"));
    }

    private static string? LinkOf(string html) => new HtmlParser().ParseDocument(html).QuerySelector("a.primary")?.GetAttribute("href");

    private Task<BrowserResult> OpenAsync(string? hint, string? clientId, string? address)
    {
        var parameters = new Dictionary<string, string?>
        {
            ["id_token_hint"] = hint,
            ["client_id"] = clientId,
            ["post_logout_redirect_uri"] = address,
            ["state"] = address is null ? null : "s&t",
        };
        return _browser.OpenAsync(
            QueryHelpers.AddQueryString(fixture.System.Issuer + "/session/end", parameters.Where(parameter => parameter.Value is not null)),
            _ => true
        );
    }

    private Task<OAuthClient> RegisterAsync() =>
        fixture.RegisterAsync(change: metadata => metadata["post_logout_redirect_uris"] = new System.Text.Json.Nodes.JsonArray(Bye));
}
