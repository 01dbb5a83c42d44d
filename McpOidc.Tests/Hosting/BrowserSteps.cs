namespace McpOidc.Tests.Hosting;

/// <summary>Individual steps of a sign-in.</summary>
public static class BrowserSteps
{
    /// <summary>Opens an authorization request and stops at the consent page before pressing any button.</summary>
    public static async Task<BrowserResult> OpenConsentAsync(
        this OAuthClient client,
        Browser browser,
        params (string Name, string? Value)[] changes
    )
    {
        var result = await browser.OpenAsync(
            client.AuthorizeUrl(changes),
            uri => client.IsRedirectUri(uri) || uri is { AbsolutePath: "/oauth/consent", Query: "" }
        );
        Assert.True(
            result.Html is not null && result.Uri.AbsolutePath == "/oauth/consent",
            $"No consent page but {result.Status} {result.Uri} {result.Html}"
        );
        return result;
    }

    /// <summary>How often the browser was shown the consent page.</summary>
    public static int ConsentPages(this Browser browser) =>
        browser.Visited.Count(url => url.EndsWith("/oauth/consent", StringComparison.Ordinal));

    /// <summary>How often the browser was sent to the identity provider.</summary>
    public static int VisitsOf(this Browser browser, string origin) =>
        browser.Visited.Count(url => url.StartsWith(origin + "/", StringComparison.Ordinal));

    /// <summary>Requests a URL once without following redirects, and asserts that it shows an error page and does not redirect.</summary>
    public static async Task<string> ExpectErrorPageAsync(string url, int status = 400)
    {
        using var browser = new Browser();
        using var response = await browser.GetAsync(url);
        return await response.ExpectErrorPageAsync(status);
    }

    public static async Task<string> ExpectErrorPageAsync(this HttpResponseMessage response, int status = 400)
    {
        var html = await response.Content.ReadAsStringAsync();
        Assert.True(
            (int)response.StatusCode == status && response.Headers.Location is null,
            $"{(int)response.StatusCode} {response.Headers.Location} {html}"
        );
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("Reference:", html, StringComparison.Ordinal);
        return html;
    }

    /// <summary>Asserts that the client receives an error by redirect, with the state it sent and the issuer from the metadata.</summary>
    public static void ExpectRedirectError(this BrowserResult result, OAuthClient client, string error, string? state = "state-1")
    {
        Assert.True(client.IsRedirectUri(result.Uri), $"{result.Status} {result.Uri} {result.Html}");
        Assert.Equal(error, result.Query("error"));
        Assert.Equal(state, result.Query("state"));
        Assert.Equal(client.Issuer, result.Query("iss"));
        Assert.Null(result.Query("code"));
        Assert.Null(result.Query("error_uri"));
    }
}
