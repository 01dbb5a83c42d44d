using System.Net;
using AngleSharp.Html.Parser;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Authorization;

/// <summary>
/// Anyone can register an address and send a user there with a faulty request (RFC 9700 §4.11.2; security case A33).
/// </summary>
public sealed class UntrustedRedirectTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private const string Landing = "https://evil.example/landing";
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    public static TheoryData<string, string?> Mistakes =>
        new()
        {
            { "prompt", "none" },
            { "prompt", "none login" },
            { "code_challenge_method", "plain" },
            { "code_challenge", null },
            { "response_type", "token" },
            { "response_mode", "fragment" },
            { "resource", "https://other.example/mcp" },
            { "scope", "nonsense" },
            { "max_age", "-1" },
            { "dpop_jkt", "short" },
            { "request", "eyJhbGciOiJub25lIn0.e30." },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task An_error_for_a_redirect_URI_that_the_person_never_allowed_is_a_page_with_the_host_and_a_link(
        string parameter,
        string? value
    )
    {
        using var client = await fixture.RegisterAsync(Landing);
        using var known = await fixture.RegisterAsync();
        await known.GetCodeAsync(_browser);

        using var asked = await _browser.GetAsync(client.AuthorizeUrl((parameter, value)));
        await AssertPageAsync(asked);

        var url = new Uri(client.AuthorizeUrl((parameter, value)));
        var fields = QueryHelpers.ParseQuery(url.Query).Select(field => KeyValuePair.Create(field.Key, field.Value.ToString()));
        using var posted = await _browser.PostAsync(new Uri(url.GetLeftPart(UriPartial.Path)), fields);
        await AssertPageAsync(posted);
    }

    [Fact]
    public async Task A_person_who_denies_is_not_sent_to_an_untrusted_redirect_URI_either()
    {
        using var client = await fixture.RegisterAsync(Landing);
        _browser.Decision = "deny";

        var page = await client.AuthorizeAsync(_browser);

        Assert.Equal(new Uri(client.Issuer).Authority, page.Uri.Authority);
        Assert.Contains("error=access_denied", LinkOf(page.Html!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_who_allowed_the_client_before_is_sent_back_with_the_error()
    {
        using var client = await fixture.RegisterAsync(Landing);
        await client.GetCodeAsync(_browser);

        (await client.AuthorizeAsync(_browser, ("code_challenge_method", "plain"))).ExpectRedirectError(client, "invalid_request");

        // Another user of this browser did not.
        using var bob = new Browser { UserName = "bob" };
        using var known = await fixture.RegisterAsync();
        await known.GetCodeAsync(bob);
        using var asked = await bob.GetAsync(client.AuthorizeUrl(("prompt", "none")));
        await AssertPageAsync(asked);
    }

    [Fact]
    public async Task A_person_who_pressed_Allow_in_this_request_is_sent_back_when_the_provider_refuses()
    {
        using var client = await fixture.RegisterAsync(Landing);
        _browser.AtIdentityProvider = "cancel";

        (await client.AuthorizeAsync(_browser)).ExpectRedirectError(client, "access_denied");
    }

    [Fact]
    public async Task A_document_client_is_as_untrusted_as_a_registered_one_and_a_configured_client_is_trusted()
    {
        await using var system = await DocumentSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Clients:0:Id", "portal");
            options.Set("McpOidc:Clients:0:GrantTypes:0", "authorization_code");
            options.Set("McpOidc:Clients:0:RedirectUris:0", "https://portal.example/cb");
        });
        var url = system.Publish(change: document => document["redirect_uris"] = new System.Text.Json.Nodes.JsonArray(Landing));
        using var client = system.System.CreateClient();
        (client.ClientId, client.RedirectUri) = (url, Landing);
        using var asked = await _browser.GetAsync(client.AuthorizeUrl(("prompt", "none")));
        await AssertPageAsync(asked);

        (client.ClientId, client.RedirectUri) = ("portal", "https://portal.example/cb");
        (await client.AuthorizeAsync(_browser, ("prompt", "none"))).ExpectRedirectError(client, "login_required");
    }

    private static string LinkOf(string html)
    {
        var link = new HtmlParser().ParseDocument(html).QuerySelector("a.primary")?.GetAttribute("href");
        Assert.StartsWith(Landing + "?", link, StringComparison.Ordinal);
        return link!;
    }

    private static async Task AssertPageAsync(HttpResponseMessage response)
    {
        var html = await response.Content.ReadAsStringAsync();
        Assert.True(response.Headers.Location is null, $"Sent to {response.Headers.Location}");
        Assert.NotEqual(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("error=", LinkOf(html), StringComparison.Ordinal);
        var document = new HtmlParser().ParseDocument(html);
        Assert.Contains("evil.example", document.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("Reference:", html, StringComparison.Ordinal);
        Assert.Empty(document.QuerySelectorAll("meta[http-equiv], script, iframe, form"));
    }
}
