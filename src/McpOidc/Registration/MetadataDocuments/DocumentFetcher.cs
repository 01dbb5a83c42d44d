using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Fetches what a stranger named (draft §4, §6.5, §6.6): one GET without redirects, cookies, credentials, proxy or trace headers, bounded
/// in size and time. Not a client of <see cref="IHttpClientFactory"/>, whose defaults a host may extend by retries or service discovery.
/// </summary>
internal sealed class DocumentFetcher : IDisposable
{
    private const int MaximumAtOnce = 256;
    private const int MaximumHeaderKilobytes = 16;
    private static readonly string s_userAgent =
        $"McpOidc/{typeof(DocumentFetcher).Assembly.GetName().Version?.ToString(3)} (OAuth client metadata)";

    private static readonly HttpRequestOptionsKey<string?> s_caller = new("McpOidc.Caller");

    private readonly HttpClient _http;
    private readonly IOptions<RegistrationOptions> _options;
    private readonly SemaphoreSlim _slots = new(MaximumAtOnce, MaximumAtOnce);

    public DocumentFetcher(PinnedConnection connection, IDocumentTransport transport, IOptions<RegistrationOptions> options)
    {
        _options = options;
        _http = new HttpClient(CreateHandler(connection, transport)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private ClientIdMetadataDocumentOptions Settings => _options.Value.ClientIdMetadataDocuments;

    /// <param name="url">A URL in which <see cref="ClientIdUrl"/> finds no problem.</param>
    /// <param name="caller">The address for which it is fetched.</param>
    /// <param name="entityTag">The ETag of the copy that we have; absent where we have none.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ClientDocumentException">There is no document, or none now.</exception>
    public async Task<FetchedDocument> FetchAsync(Uri url, string? caller, string? entityTag, CancellationToken cancellationToken)
    {
        if (!await _slots.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            throw ClientDocumentException.OverBudget("Too many documents are being fetched at the moment.");
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Settings.Timeout);
        try
        {
            return await RequestAsync(url, caller, entityTag, deadline.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw ClientDocumentException.Unavailable(
                $"The document did not arrive within {Settings.Timeout.TotalSeconds:0.#} seconds.",
                exception
            );
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Explain(exception);
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _slots.Dispose();
    }

    private static SocketsHttpHandler CreateHandler(PinnedConnection connection, IDocumentTransport transport) =>
        new()
        {
            ConnectCallback = (context, cancellationToken) =>
                connection.OpenAsync(
                    context.DnsEndPoint,
                    context.InitialRequestMessage.Options.TryGetValue(s_caller, out var caller) ? caller : null,
                    cancellationToken
                ),
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            Credentials = null,
            // Ids of our traces are nothing for strangers.
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = MaximumHeaderKilobytes,
            // The rest of a body that is too large is not read.
            MaxResponseDrainSize = 0,
            // Every fetch looks the host up and checks its addresses.
            PooledConnectionLifetime = TimeSpan.Zero,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                CertificateChainPolicy = transport.Trust,
            },
        };

    private async Task<FetchedDocument> RequestAsync(Uri url, string? caller, string? entityTag, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Options.Set(s_caller, caller);
        request.Headers.TryAddWithoutValidation(HeaderNames.UserAgent, s_userAgent);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (entityTag is not null)
        {
            request.Headers.TryAddWithoutValidation(HeaderNames.IfNoneMatch, entityTag);
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotModified && entityTag is not null)
        {
            return Describe(response, body: null, entityTag);
        }

        CheckAnswer(response);
        return Describe(response, await ReadAsync(response.Content, cancellationToken), response.Headers.ETag?.ToString());
    }

    private static void CheckAnswer(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var problem = $"The host of the document answered {(int)response.StatusCode} where only 200 is accepted.";
            throw IsPassing(response.StatusCode) ? ClientDocumentException.Unavailable(problem) : ClientDocumentException.Refused(problem);
        }

        if (response.Content.Headers.ContentType?.MediaType is not { } type || !IsJson(type))
        {
            throw ClientDocumentException.Refused("The document is not served as application/json or application/*+json.");
        }

        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            throw ClientDocumentException.Refused("The document is served compressed, which nobody asked for.");
        }
    }

    // 401 and 403 are what firewalls in front of a document answer to a fetch from a data centre, not what its owner says of it.
    private static bool IsPassing(HttpStatusCode status) =>
        status >= HttpStatusCode.InternalServerError
        || status
            is HttpStatusCode.Unauthorized
                or HttpStatusCode.Forbidden
                or HttpStatusCode.RequestTimeout
                or HttpStatusCode.TooManyRequests;

    private static bool IsJson(string type) =>
        type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        || (
            type.StartsWith("application/", StringComparison.OrdinalIgnoreCase)
            && type.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
        );

    private async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var maximum = Settings.MaximumSize;
        var buffer = new byte[maximum + 1];
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= maximum
            ? buffer[..length]
            : throw ClientDocumentException.Refused($"The document is larger than {maximum} bytes.");
    }

    private static FetchedDocument Describe(HttpResponseMessage response, byte[]? body, string? entityTag)
    {
        var control = response.Headers.CacheControl;
        var stated = control?.SharedMaxAge ?? control?.MaxAge ?? (response.Content.Headers.Expires - response.Headers.Date);
        var freshness = control is { NoStore: true } or { NoCache: true }
            ? TimeSpan.Zero
            : stated - (response.Headers.Age ?? TimeSpan.Zero);
        return new FetchedDocument(body, entityTag, freshness, MayOutliveFreshness: control is not { NoStore: true });
    }

    private static ClientDocumentException Explain(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case ClientDocumentException known:
                    return known;
                case AuthenticationException:
                    return ClientDocumentException.Unavailable(
                        "The host of the document has no certificate that can be trusted.",
                        exception
                    );
            }
        }

        return ClientDocumentException.Unavailable("The host of the document could not be asked.", exception);
    }
}
