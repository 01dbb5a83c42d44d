using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Federation;

/// <summary>
/// The HTTP channel to one identity provider, with that provider's time-out. No response is an <see cref="IdentityProviderException"/>
/// with the name of the cause; a response is a value, whatever its status.
/// </summary>
internal sealed class ProviderChannel(IHttpClientFactory clients, IOptions<IdentityProviderOptions> options, TimeProvider clock)
{
    public const string HttpClientName = "McpOidc.Federation";

    /// <summary>The largest discovery document in use has 6 MB.</summary>
    public const int MaximumAnswer = 16 * 1024 * 1024;

    /// <summary>How often a document may have moved.</summary>
    public const int MostRedirects = 3;

    /// <summary>
    /// No redirect is followed by itself: a request to an endpoint has a secret, a code or a token, which would go where it was not sent
    /// (RFC 9700 §4.12).
    /// </summary>
    public static void Prepare(HttpMessageHandler handler)
    {
        switch (handler)
        {
            case SocketsHttpHandler sockets:
                (sockets.AllowAutoRedirect, sockets.AutomaticDecompression) = (false, DecompressionMethods.All);
                break;
            case HttpClientHandler client:
                (client.AllowAutoRedirect, client.AutomaticDecompression) = (false, DecompressionMethods.All);
                break;
        }
    }

    /// <summary>Fetches a document, also where the provider has moved it.</summary>
    public async Task<ProviderAnswer> GetAsync(string url, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            var answer = await SendAsync(request, cancellationToken);
            if (answer.Location is not { } moved || redirects == MostRedirects)
            {
                return answer;
            }

            url = moved.AbsoluteUri;
        }
    }

    public async Task<ProviderAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(HttpClientName);
        var (limit, setting) = (options.Value.Timeout, $" ({options.Value.Path}:Timeout)");
        return await SendAsync(client, request, limit, setting, clock, cancellationToken);
    }

    /// <summary>The same with another client.</summary>
    public static async Task<ProviderAnswer> SendAsync(
        HttpClient client,
        HttpRequestMessage request,
        TimeSpan limit,
        string setting,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ends.CancelAfter(limit);
        try
        {
            using var response = await client.SendAsync(request, ends.Token);
            return new ProviderAnswer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(ends.Token))
            {
                MediaType = response.Content.Headers.ContentType?.MediaType,
                Location = LocationOf(response, request.RequestUri),
                RetryAfter = WaitOf(response.Headers.RetryAfter, clock.GetUtcNow()) ?? LimitOf(response.Headers, clock.GetUtcNow()),
            };
        }
        // The host's handlers may throw any exception; this block contains only the request.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw ends.IsCancellationRequested
                ? new IdentityProviderException(
                    $"The identity provider did not respond within {limit.TotalSeconds:0.###} s{setting}: timeout.",
                    exception
                )
                {
                    Cause = new IdentityProviderCause("timeout"),
                    MayHaveAnswered = true,
                }
                : new IdentityProviderException("The connection to the identity provider failed: unreachable.", exception)
                {
                    Cause = new IdentityProviderCause("unreachable"),
                    MayHaveAnswered = WasSent(exception),
                };
        }
    }

    // Never from https to http.
    private static Uri? LocationOf(HttpResponseMessage response, Uri? asked) =>
        response.StatusCode
            is HttpStatusCode.MovedPermanently
                or HttpStatusCode.Found
                or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect
                or HttpStatusCode.PermanentRedirect
        && response.Headers.Location is { } location
        && Uri.TryCreate(asked, location, out var moved)
        && (moved.Scheme == Uri.UriSchemeHttps || (moved.Scheme == Uri.UriSchemeHttp && asked?.Scheme == Uri.UriSchemeHttp))
            ? moved
            : null;

    private static bool WasSent(Exception exception) =>
        exception
            is not HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError
                    or HttpRequestError.ProxyTunnelError
            };

    private static TimeSpan? WaitOf(RetryConditionHeaderValue? value, DateTimeOffset now) =>
        value switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date > now => date - now,
            _ => null,
        };

    // GitHub's equivalent of Retry-After (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
    private static TimeSpan? LimitOf(HttpResponseHeaders headers, DateTimeOffset now) =>
        headers.TryGetValues("X-RateLimit-Remaining", out var remaining)
        && remaining.FirstOrDefault() == "0"
        && headers.TryGetValues("X-RateLimit-Reset", out var reset)
        && long.TryParse(reset.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds < 253402300800
        && DateTimeOffset.FromUnixTimeSeconds(seconds) - now is { Ticks: > 0 } wait
            ? wait
            : null;
}
