using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Account;

/// <summary>The page <c>/account</c> as a user sees it.</summary>
internal sealed record ShownAccount(Uri Url, string Html, int Status)
{
    /// <summary>Opens the page, signing in if needed.</summary>
    public static async Task<ShownAccount> OpenAsync(TestSystem system, Browser browser)
    {
        var url = system.Issuer + "/account";
        var end = await browser.OpenAsync(url, uri => uri.AbsolutePath == "/account");
        return end.Html is { } html ? new ShownAccount(end.Uri, html, end.Status) : await ReadAsync(await browser.GetAsync(url));
    }

    public static async Task<ShownAccount> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            return new ShownAccount(
                response.RequestMessage!.RequestUri!,
                await response.Content.ReadAsStringAsync(),
                (int)response.StatusCode
            );
        }
    }

    /// <summary>The text about each installation.</summary>
    public IReadOnlyList<string> Cards =>
        [
            .. new HtmlParser()
                .ParseDocument(Html.Replace("<", " <", StringComparison.Ordinal))
                .QuerySelectorAll(".cards > li")
                .Select(card => string.Join(' ', card.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))),
        ];

    /// <summary>The ids behind the buttons, in card order.</summary>
    public IReadOnlyList<string> Ids =>
        [
            .. new HtmlParser()
                .ParseDocument(Html)
                .QuerySelectorAll(".cards button")
                .OfType<IHtmlButtonElement>()
                .Select(button => button.Value!),
        ];

    public string FormToken => new HtmlParser().ParseDocument(Html).QuerySelector("input[name=token]")!.GetAttribute("value")!;

    /// <summary>Presses a button and follows its redirects.</summary>
    public async Task<ShownAccount> PressAsync(Browser browser, string end, string? token = null, Action<HttpRequestMessage>? change = null)
    {
        using var response = await browser.PostAsync(
            new Uri(Url.GetLeftPart(UriPartial.Authority) + "/account"),
            Fields(end, token ?? FormToken),
            change
        );
        return response.Headers.Location is { } location
            ? await ReadAsync(await browser.GetAsync(new Uri(Url, location).AbsoluteUri))
            : await ReadAsync(response);
    }

    private static KeyValuePair<string, string>[] Fields(string end, string token) => [new("token", token), new("end", end)];
}
