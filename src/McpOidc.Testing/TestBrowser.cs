using System.Net;
using System.Text.RegularExpressions;
using McpOidc.Consent;

namespace McpOidc.Testing;

/// <summary>A browser without a script engine: cookies, redirects, and the form of the consent page.</summary>
internal sealed partial class TestBrowser : IDisposable
{
    private const int MaximumSteps = 20;

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = true });

    /// <summary>Follows redirects and submits Allow until the next URL is the client's.</summary>
    /// <exception cref="InvalidOperationException">A page without a form was shown.</exception>
    public async Task<Uri> AllowAsync(Uri url, Uri redirectUri, CancellationToken cancellationToken)
    {
        Func<Task<HttpResponseMessage>> next = () => GetAsync(url, cancellationToken);
        for (var step = 0; step < MaximumSteps; step++)
        {
            using var response = await next();
            var at = response.RequestMessage!.RequestUri!;
            if (response.Headers.Location is { } location)
            {
                var target = new Uri(at, location);
                if (target.GetLeftPart(UriPartial.Path) == redirectUri.GetLeftPart(UriPartial.Path))
                {
                    return target;
                }

                next = () => GetAsync(target, cancellationToken);
                continue;
            }

            var html = await response.Content.ReadAsStringAsync(cancellationToken);
            if (!response.IsSuccessStatusCode || Action().Match(html) is not { Success: true } form)
            {
                throw new InvalidOperationException($"The browser was shown {(int)response.StatusCode} at {at.AbsolutePath}: {Text(html)}");
            }

            var action = new Uri(at, WebUtility.HtmlDecode(form.Groups[1].Value));
            next = () => PostAsync(action, html, cancellationToken);
        }

        throw new InvalidOperationException($"The sign-in did not complete within {MaximumSteps} steps.");
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> GetAsync(Uri url, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.ParseAdd("text/html");
        return await _http.SendAsync(request, cancellationToken);
    }

    private async Task<HttpResponseMessage> PostAsync(Uri action, string html, CancellationToken cancellationToken)
    {
        var fields = Hidden()
            .Matches(html)
            .Select(field => KeyValuePair.Create(field.Groups[1].Value, WebUtility.HtmlDecode(field.Groups[2].Value)))
            .Append(KeyValuePair.Create(ConsentEndpoint.DecisionField, ConsentEndpoint.Allow));
        using var request = new HttpRequestMessage(HttpMethod.Post, action) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Accept.ParseAdd("text/html");
        request.Headers.Add("Origin", action.GetLeftPart(UriPartial.Authority));
        return await _http.SendAsync(request, cancellationToken);
    }

    private static string Text(string html) => Space().Replace(WebUtility.HtmlDecode(Tag().Replace(html, " ")), " ").Trim();

    [GeneratedRegex("<form method=\"post\" action=\"([^\"]+)\">")]
    private static partial Regex Action();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\">")]
    private static partial Regex Hidden();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
