using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Fetches untrusted URLs (draft §4, §6.5, §6.6): one GET without redirects, cookies, credentials or trace headers, through no proxy
/// except the operator's, with limited size and time. Does not use <see cref="IHttpClientFactory"/>, whose defaults a host may extend with
/// retries or service discovery.
/// </summary>
internal sealed class DocumentFetcher : IDisposable
{
    private const int MaximumAtOnce = 256;
    private const int MaximumHeaderKilobytes = 16;
    private static readonly string s_userAgent =
        $"McpOidc/{typeof(DocumentFetcher).Assembly.GetName().Version?.ToString(3)} (OAuth client metadata)";

    private static readonly HttpRequestOptionsKey<string?> s_caller = new("McpOidc.Caller");
    private static readonly HttpRequestOptionsKey<bool> s_isConnected = new("McpOidc.IsConnected");

    private readonly HttpClient _http;
    private readonly PinnedConnection _connection;
    private readonly WebProxy? _proxy;
    private readonly IOptions<RegistrationOptions> _options;
    private readonly SemaphoreSlim _slots = new(MaximumAtOnce, MaximumAtOnce);

    public DocumentFetcher(PinnedConnection connection, IDocumentTransport transport, IOptions<RegistrationOptions> options)
    {
        _options = options;
        _connection = connection;
        _proxy = DocumentProxy.Read(Settings.Proxy);
        _http = new HttpClient(CreateHandler(transport)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private ClientIdMetadataDocumentOptions Settings => _options.Value.ClientIdMetadataDocuments;

    /// <param name="url">A URL that <see cref="ClientIdUrl"/> accepts.</param>
    /// <param name="caller">The address for which it is fetched.</param>
    /// <param name="entityTag">The ETag of the cached copy, if there is one.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="ClientDocumentException">There is no document, or it is currently unavailable.</exception>
    public async Task<FetchedDocument> FetchAsync(Uri url, string? caller, string? entityTag, CancellationToken cancellationToken)
    {
        if (!await _slots.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            throw ClientDocumentException.OverBudget("Too many documents are being fetched at the moment.");
        }

        try
        {
            return await WithinTimeAsync(
                url,
                caller,
                entityTag,
                async (response, deadline) =>
                {
                    if (response.StatusCode == HttpStatusCode.NotModified && entityTag is not null)
                    {
                        return Describe(response, body: null, entityTag);
                    }

                    CheckAnswer(response);
                    return Describe(response, await ReadAsync(response.Content, deadline), response.Headers.ETag?.ToString());
                },
                cancellationToken
            );
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Tests whether a host of our choice is reachable: any response counts, unless it comes from a firewall or an
    /// outage.</summary>
    /// <exception cref="ClientDocumentException">It is not.</exception>
    public Task ProbeAsync(Uri url, CancellationToken cancellationToken) =>
        WithinTimeAsync(
            url,
            caller: null,
            entityTag: null,
            (response, _) => IsPassing(response.StatusCode) ? throw NotSuccess(response.StatusCode) : Task.FromResult(true),
            cancellationToken
        );

    public void Dispose()
    {
        _http.Dispose();
        _slots.Dispose();
    }

    private SocketsHttpHandler CreateHandler(IDocumentTransport transport) =>
        new()
        {
            ConnectCallback = ConnectAsync,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            // Never the proxy of the environment, which would silently disable the address check.
            UseProxy = _proxy is not null,
            Proxy = _proxy,
            Credentials = null,
            // Our trace ids must not go to untrusted servers.
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = MaximumHeaderKilobytes,
            // The rest of a body that is too large is not read.
            MaxResponseDrainSize = 0,
            // Every fetch resolves the host and checks its addresses.
            PooledConnectionLifetime = TimeSpan.Zero,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                CertificateChainPolicy = transport.Trust,
            },
        };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        if (_proxy is not null && DocumentProxy.Is(_proxy, context.DnsEndPoint))
        {
            return await _connection.OpenProxyAsync(context.DnsEndPoint, cancellationToken);
        }

        var request = context.InitialRequestMessage.Options;
        var caller = request.TryGetValue(s_caller, out var known) ? known : null;
        var stream = await _connection.OpenAsync(context.DnsEndPoint, caller, cancellationToken);
        request.Set(s_isConnected, true);
        return stream;
    }

    private async Task<T> WithinTimeAsync<T>(
        Uri url,
        string? caller,
        string? entityTag,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Settings.Timeout);
        using var request = CreateRequest(url, caller, entityTag);
        try
        {
            if (_proxy is not null && !_proxy.IsBypassed(url))
            {
                await _connection.CheckNameAsync(url.Host, caller, deadline.Token);
            }

            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            request.Options.Set(s_isConnected, true);
            return await read(response, deadline.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            var problem = $"The document was not received within {Settings.Timeout.TotalSeconds:0.#} seconds.";
            throw request.Options.TryGetValue(s_isConnected, out var isConnected) && isConnected
                ? ClientDocumentException.Unavailable(problem, exception)
                : ClientDocumentException.Unreachable(problem, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Explain(exception);
        }
    }

    private static HttpRequestMessage CreateRequest(Uri url, string? caller, string? entityTag)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Options.Set(s_caller, caller);
        request.Headers.TryAddWithoutValidation(HeaderNames.UserAgent, s_userAgent);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (entityTag is not null)
        {
            request.Headers.TryAddWithoutValidation(HeaderNames.IfNoneMatch, entityTag);
        }

        return request;
    }

    private static void CheckAnswer(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw NotSuccess(response.StatusCode);
        }

        // Read as text: some servers end it with a semicolon, which is invalid and harmless.
        if (!response.Content.Headers.TryGetValues(HeaderNames.ContentType, out var types) || !IsJson(types.First().Split(';')[0].Trim()))
        {
            throw ClientDocumentException.Refused("The document is not served as application/json or application/*+json.");
        }

        if (response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            throw ClientDocumentException.Refused("The document is served with a Content-Encoding that was not requested.");
        }
    }

    private static ClientDocumentException NotSuccess(HttpStatusCode status)
    {
        var problem = $"The document's host answered {(int)status}, but only 200 is accepted.";
        return IsPassing(status) ? ClientDocumentException.Unavailable(problem) : ClientDocumentException.Refused(problem);
    }

    // 401 and 403 often come from firewalls that block data centres, not from the document's owner.
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
        // A byte order mark (RFC 8259 §8.1): editors write it into files that are then served.
        var start = buffer.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        return length <= maximum
            ? buffer[start..length]
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
                case HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError }:
                    return ClientDocumentException.Unreachable("The proxy could not connect to the document's host.", exception);
                case AuthenticationException:
                    return ClientDocumentException.Unavailable("The certificate of the document's host is not trusted.", exception);
            }
        }

        return ClientDocumentException.Unavailable("The request to the document's host failed.", exception);
    }
}
