using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using McpOidc.Federation;

namespace McpOidc.Doctor;

/// <summary>Sends one request and reports the response, or why there was none. Does not follow redirects or keep cookies.</summary>
internal sealed class Probe(IHttpClientFactory clients, TimeProvider clock)
{
    public const string HttpClientName = "McpOidc.Doctor";
    private const int LongestBody = ProviderChannel.MaximumAnswer;
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(10);

    public Task<ProbeAnswer> GetAsync(
        string url,
        CancellationToken cancellationToken,
        TimeSpan? within = null,
        params (string Name, string Value)[] headers
    ) => SendAsync(HttpMethod.Get, url, content: null, within, headers, cancellationToken);

    /// <summary>Fetches a provider's document as the server does, also where it has moved.</summary>
    public async Task<ProbeAnswer> GetDocumentAsync(string url, TimeSpan within, CancellationToken cancellationToken)
    {
        var answer = await GetAsync(url, cancellationToken, within);
        for (var hop = 0; hop < ProviderChannel.MostRedirects && answer is { IsRedirect: true, Location: { } next }; hop++)
        {
            answer = await GetAsync(next, cancellationToken, within);
        }

        return answer;
    }

    public Task<ProbeAnswer> PostAsync(
        string url,
        HttpContent content,
        CancellationToken cancellationToken,
        TimeSpan? within = null,
        params (string Name, string Value)[] headers
    ) => SendAsync(HttpMethod.Post, url, content, within, headers, cancellationToken);

    /// <summary>The preflight of a browser for a cross-origin request.</summary>
    public Task<ProbeAnswer> PreflightAsync(string url, string origin, string method, string header, CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Options,
            url,
            content: null,
            within: null,
            [("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", header)],
            cancellationToken
        );

    public async Task<ProbeAnswer> SendAsync(
        HttpMethod method,
        string url,
        HttpContent? content,
        TimeSpan? within,
        IEnumerable<(string Name, string Value)> headers,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, url) { Content = content };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("McpOidc-doctor", "1.0"));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var limit = within ?? s_timeLimit;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ends.CancelAfter(limit);
        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var client = clients.CreateClient(HttpClientName);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ends.Token);
            var now = clock.GetUtcNow();
            var body = await ReadAsync(response.Content, ends.Token);
            return new ProbeAnswer(url, (int)response.StatusCode, body, Stopwatch.GetElapsedTime(begun))
            {
                Headers = response
                    .Headers.Concat(response.Content.Headers)
                    .ToLookup(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
                Ahead = response.Headers.Date is { } date ? date - now : null,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ProbeAnswer.None(
                url,
                $"does not respond within {limit.TotalSeconds:0.#} seconds",
                Stopwatch.GetElapsedTime(begun),
                tookTooLong: true
            );
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return ProbeAnswer.None(url, Words(exception), Stopwatch.GetElapsedTime(begun), tookTooLong: false);
        }
    }

    private static async Task<string> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (body.Length < LongestBody && await stream.ReadAsync(buffer, cancellationToken) is var length and > 0)
        {
            body.Write(buffer, 0, length);
        }

        return Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
    }

    private static string Words(Exception exception) =>
        (exception as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "has a host name that cannot be resolved from here",
            HttpRequestError.ConnectionError => "refuses connections from here",
            HttpRequestError.SecureConnectionError => "has a TLS certificate that this machine does not trust, or does not use TLS",
            _ => "closes the connection without a response",
        };
}
