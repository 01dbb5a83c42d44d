using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token.PersonalAccessTokens;

/// <summary>The page <c>/account/tokens</c> as a user sees it.</summary>
internal sealed class TokenPage(TestSystem system, Browser browser)
{
    /// <summary>The page loaded last.</summary>
    public string Html { get; private set; } = "";

    public int Status { get; private set; }

    /// <summary>The form's fields with the values the browser has.</summary>
    public Dictionary<string, string> Fields { get; private set; } = [];

    /// <summary>The scopes offered.</summary>
    public IReadOnlyList<string> Offered { get; private set; } = [];

    private Uri Url => new(system.Issuer + "/account/tokens");

    /// <summary>Creates a token for the server, as a user does.</summary>
    public static async Task<string> MakeAsync(TestSystem system, Browser browser, params string[] scopes)
    {
        var page = new TokenPage(system, browser);
        await page.OpenAsync();
        return await page.SendAsync("nightly build", scopes) ?? throw new InvalidOperationException(page.Html);
    }

    public async Task OpenAsync(string? resource = null)
    {
        var url = Url.AbsoluteUri + (resource is null ? "" : "?resource=" + Uri.EscapeDataString(resource));
        var end = await browser.OpenAsync(url, uri => uri.AbsolutePath == Url.AbsolutePath);
        await ReadAsync(await browser.GetAsync(end.Html is null ? end.Uri.AbsoluteUri : url));
    }

    /// <summary>Submits the form.</summary>
    /// <returns>The token shown; <see langword="null"/> if there is none.</returns>
    public async Task<string?> SendAsync(
        string name,
        string[]? scopes = null,
        int days = 30,
        Action<Dictionary<string, string>>? change = null,
        Action<HttpRequestMessage>? request = null
    )
    {
        var fields = new Dictionary<string, string>(Fields) { ["name"] = name, ["days"] = $"{days}" };
        foreach (var (field, _) in fields.Where(field => field.Key.StartsWith("scope-", StringComparison.Ordinal)).ToList())
        {
            fields.Remove(field);
        }

        foreach (var scope in scopes ?? [])
        {
            fields[$"scope-{scope}"] = scope;
        }

        change?.Invoke(fields);
        await ReadAsync(await browser.PostAsync(Url, fields, request));
        return new HtmlParser().ParseDocument(Html).QuerySelector("#made")?.TextContent;
    }

    private async Task ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            (Status, Html) = ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }

        var document = new HtmlParser().ParseDocument(Html);
        Fields = document
            .QuerySelectorAll("form input[name]")
            .OfType<IHtmlInputElement>()
            .Where(input => input.Type != "checkbox" || input.IsChecked)
            .ToDictionary(input => input.Name!, input => input.Value);
        Offered = [.. document.QuerySelectorAll("input[type=checkbox]").OfType<IHtmlInputElement>().Select(input => input.Value)];
    }
}
