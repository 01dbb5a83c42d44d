using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace McpOidc.Tests.Hosting;

/// <summary>A browser without a script engine: cookies, redirects, forms. It signs in as a demo user and grants or denies
/// consent.</summary>
public sealed class Browser : IDisposable
{
    private const int MaximumSteps = 30;
    private readonly HttpClient _http;
    private readonly List<string> _visited = [];

    public Browser(WireTap? tap = null) =>
        _http = new HttpClient(
            WireTap.Around(
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    CookieContainer = Cookies,
                    UseCookies = true,
                    SslOptions = Loopback.OwnCertificates,
                },
                tap
            )
        )
        {
            Timeout = TimeSpan.FromSeconds(30),
        };

    public CookieContainer Cookies { get; } = new();

    /// <summary>Every URL that was opened, including the paths of the pages shown.</summary>
    public IReadOnlyList<string> Visited => _visited;

    public string UserName { get; set; } = "alice";

    /// <summary>Which button to press on the consent page: <c>allow</c> or <c>deny</c>.</summary>
    public string Decision { get; set; } = "allow";

    /// <summary>Which button to press at the demo identity provider: <c>login</c> or <c>cancel</c>.</summary>
    public string AtIdentityProvider { get; set; } = "login";

    /// <summary>The <c>Origin</c> to send with forms when a load balancer is in front of the server; by default the origin of the
    /// page.</summary>
    public string? Origin { get; set; }

    /// <summary>The <c>User-Agent</c> header; none by default.</summary>
    public string? UserAgent { get; set; }

    /// <summary>The client address to report to a server that trusts its proxy; loopback by default.</summary>
    public string? Address { get; set; }

    /// <summary>The identity provider to choose when there are several.</summary>
    public string Provider { get; set; } = "";

    /// <summary>Follows redirects and submits forms until the browser would return to the client, or until a page has no form.</summary>
    /// <param name="url">The URL to open first.</param>
    /// <param name="until">Stops before opening a URL that matches this.</param>
    public async Task<BrowserResult> OpenAsync(string url, Func<Uri, bool> until)
    {
        var response = await GetAsync(url);
        for (var step = 0; step < MaximumSteps; step++)
        {
            var at = response.RequestMessage!.RequestUri!;
            if (response.Headers.Location is { } location)
            {
                var target = location.IsAbsoluteUri ? location : new Uri(at, location);
                if (until(target) || target.Scheme is not ("http" or "https"))
                {
                    return new BrowserResult(target, null, (int)response.StatusCode);
                }

                response = await GetAsync(target.AbsoluteUri);
                continue;
            }

            var html = await response.Content.ReadAsStringAsync();
            if (response.IsSuccessStatusCode && LinkToApplication(html) is { } link)
            {
                return new BrowserResult(link, html, (int)response.StatusCode);
            }

            if (!response.IsSuccessStatusCode || ReadForm(html, at) is not { } form)
            {
                return new BrowserResult(at, html, (int)response.StatusCode);
            }

            if (until(form.Action))
            {
                return new BrowserResult(form.Action, html, (int)response.StatusCode);
            }

            response = await PostAsync(form.Action, form.Fields);
        }

        throw new InvalidOperationException($"Too many steps: {string.Join(" -> ", _visited)}");
    }

    public async Task<HttpResponseMessage> GetAsync(string url)
    {
        _visited.Add(url.Split('?')[0]);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.ParseAdd("text/html,application/xhtml+xml");
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", Address);
        return await _http.SendAsync(request);
    }

    public async Task<HttpResponseMessage> PostAsync(
        Uri action,
        IEnumerable<KeyValuePair<string, string>> fields,
        Action<HttpRequestMessage>? change = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, action) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Accept.ParseAdd("text/html");
        request.Headers.Add("Origin", Origin ?? action.GetLeftPart(UriPartial.Authority));
        change?.Invoke(request);
        return await _http.SendAsync(request);
    }

    // The link to click on the interstitial page for an application with a private-use URI scheme.
    private static Uri? LinkToApplication(string html) =>
        new HtmlParser().ParseDocument(html).QuerySelector("a.primary")?.GetAttribute("href") is { } href
        && Uri.TryCreate(href, UriKind.Absolute, out var uri)
        && uri.Scheme is not ("http" or "https")
            ? uri
            : null;

    /// <summary>The form of a page, filled in.</summary>
    public (Uri Action, Dictionary<string, string> Fields)? ReadForm(string html, Uri at)
    {
        var document = new HtmlParser().ParseDocument(html);
        if (document.QuerySelector("form") is not IHtmlFormElement form)
        {
            return null;
        }

        var fields = form.QuerySelectorAll("input[name]")
            .OfType<IHtmlInputElement>()
            .Where(input => input.Type != "checkbox" || input.IsChecked)
            .ToDictionary(input => input.Name!, input => input.Value);
        Fill(form, fields);
        return (new Uri(at, form.GetAttribute("action") ?? at.AbsoluteUri), fields);
    }

    public void Dispose() => _http.Dispose();

    private void Fill(IHtmlFormElement form, Dictionary<string, string> fields)
    {
        if (form.QuerySelector("[name=decision]") is not null)
        {
            fields["decision"] = Decision;
        }

        if (form.QuerySelector("[name=provider]") is not null)
        {
            fields["provider"] = Provider;
        }

        // The demo identity provider, and panva's oidc-provider with its development pages.
        if (form.QuerySelector("[name=username]") is not null)
        {
            (fields["username"], fields["password"], fields["action"]) = (UserName, UserName, AtIdentityProvider);
        }
        // LemonLDAP::NG.
        else if (form.QuerySelector("[name=user]") is not null)
        {
            (fields["user"], fields["password"]) = (UserName, UserName);
        }
        else if (form.QuerySelector("[name=login]") is not null)
        {
            (fields["login"], fields["password"]) = (UserName, "any");
        }
    }
}

/// <summary>Where the browser ended up.</summary>
/// <param name="Uri">The URL it was about to open, or the URL of the page it shows.</param>
/// <param name="Html">The page, if it shows one.</param>
/// <param name="Status">The HTTP status of the last response.</param>
public sealed record BrowserResult(Uri Uri, string? Html, int Status)
{
    public string? Query(string name) => System.Web.HttpUtility.ParseQueryString(Uri.Query)[name];
}
