using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Logout;

/// <summary>Where a browser goes after signing out (OpenID Connect RP-Initiated Logout §3; security case B24).</summary>
public sealed class SignOutRedirectTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private const string Registered = "https://app.example/signed-out";
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    [Fact]
    public async Task A_registered_sign_out_URI_is_returned_to_by_a_click_and_with_the_state()
    {
        using var client = await RegisterAsync();
        var tokens = await client.SignInAsync(_browser);
        var end = await EndAsync(client, tokens, Registered);
        Assert.Equal(fixture.System.Issuer, end.Uri.GetLeftPart(UriPartial.Authority));
        var link = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(end.Html!).QuerySelector("a.primary")!.GetAttribute("href")!;
        Assert.Equal(QueryHelpers.AddQueryString(Registered, "state", "of the app"), link);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https:evil.example")]
    [InlineData("https:///evil.example")]
    [InlineData("https://app.example/signed-out/../evil")]
    [InlineData("https://app.example/signed-out?next=https://evil.example")]
    [InlineData("https://app.example@evil.example/signed-out")]
    [InlineData("https://app.example.evil.example/signed-out")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,hello")]
    public async Task Any_other_redirect_URI_is_refused_on_our_own_page(string address)
    {
        using var client = await RegisterAsync();
        var tokens = await client.SignInAsync(_browser);
        var end = await EndAsync(client, tokens, address);
        Assert.Equal((400, new Uri(fixture.System.Issuer).Authority), (end.Status, end.Uri.Authority));
        Assert.DoesNotContain("evil", end.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("returnUrl")]
    [InlineData("ReturnUrl")]
    [InlineData("redirect")]
    [InlineData("next")]
    public async Task No_other_parameter_causes_a_redirect(string parameter)
    {
        using var client = await RegisterAsync();
        await client.SignInAsync(_browser);
        var end = await _browser.OpenAsync(
            QueryHelpers.AddQueryString(fixture.System.Issuer + "/session/end", parameter, "https://evil.example/"),
            uri => uri.Host.Contains("evil", StringComparison.Ordinal)
        );
        Assert.Equal(new Uri(fixture.System.Issuer).Authority, end.Uri.Authority);
        Assert.DoesNotContain("evil", end.Html, StringComparison.Ordinal);
    }

    private Task<BrowserResult> EndAsync(OAuthClient client, TokenAnswer tokens, string address) =>
        _browser.OpenAsync(
            QueryHelpers.AddQueryString(
                fixture.System.Issuer + "/session/end",
                new Dictionary<string, string?>
                {
                    ["id_token_hint"] = tokens["id_token"],
                    ["client_id"] = client.ClientId,
                    ["post_logout_redirect_uri"] = address,
                    ["state"] = "of the app",
                }
            ),
            uri => uri.Authority != new Uri(fixture.System.Issuer).Authority
        );

    private Task<OAuthClient> RegisterAsync() =>
        fixture.RegisterAsync(change: metadata => metadata["post_logout_redirect_uris"] = new System.Text.Json.Nodes.JsonArray(Registered));
}
