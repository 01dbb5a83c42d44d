using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Administration;

/// <summary>A system with operators' pages and two users with browsers.</summary>
public abstract class OperatorPages : IAsyncLifetime
{
    private TestStore _store = null!;

    /// <summary>A member of the staff.</summary>
    protected Browser Alice { get; } = new();

    /// <summary>Not a member of the staff.</summary>
    protected Browser Bob { get; } = new() { UserName = "bob" };

    protected TestSystem System { get; private set; } = null!;

    protected virtual Task<TestStore> CreateStoreAsync() => Task.FromResult(TestStore.Sqlite());

    public virtual async Task InitializeAsync()
    {
        _store = await CreateStoreAsync();
        System = await TestSystem.StartAsync(
            options =>
            {
                options.Set("McpOidc:Admin:Claim", "groups");
                options.Set("McpOidc:Admin:Value", "staff");
            },
            _store
        );
    }

    public virtual async Task DisposeAsync()
    {
        Alice.Dispose();
        Bob.Dispose();
        await System.DisposeAsync();
        _store.Dispose();
    }

    protected async Task<OAuthClient> NamedAsync(string name)
    {
        var client = System.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["client_name"] = name;
        await client.RegisterAsync(metadata);
        return client;
    }

    protected static IHtmlCollection<IElement> Rows(BrowserResult page) =>
        new HtmlParser().ParseDocument(page.Html!).QuerySelectorAll("tbody tr");

    /// <summary>Opens a page, signing in if needed.</summary>
    protected async Task<BrowserResult> OpenAsync(Browser browser, string path)
    {
        var url = System.Issuer + path;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var response = await browser.GetAsync(url);
            if (response.Headers.Location is null)
            {
                return new BrowserResult(new Uri(url), await response.Content.ReadAsStringAsync(), (int)response.StatusCode);
            }

            var end = await browser.OpenAsync(url, uri => uri.AbsolutePath.StartsWith("/admin", StringComparison.Ordinal));
            Assert.Equal((url, 303), (end.Uri.AbsoluteUri, end.Status));
        }

        throw new InvalidOperationException("Signed in and sent away again.");
    }

    protected async Task<BrowserResult> FollowAsync(BrowserResult page, string text)
    {
        var link = new HtmlParser()
            .ParseDocument(page.Html!)
            .QuerySelectorAll("main a")
            .First(link => link.TextContent.StartsWith(text, StringComparison.Ordinal));
        return await OpenAsync(Alice, link.GetAttribute("href")!);
    }

    protected async Task<string> AnswerAsync(BrowserResult question)
    {
        var (action, fields) = Alice.ReadForm(question.Html!, question.Uri)!.Value;
        using var response = await Alice.PostAsync(action, fields);
        Assert.Equal(200, (int)response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
