using System.Text;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Federation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Protection;

/// <summary>
/// Serves <c>/authorize</c>, <c>/token</c>, <c>/register</c> and <c>/revoke</c> on the MCP origin, for clients of 2025-03-26 that take it
/// for the authorization server: browsers are redirected, other requests are forwarded.
/// </summary>
internal sealed partial class LegacyEndpointProxy(
    IHttpClientFactory clients,
    AuthorityMetadata authority,
    ServerAssertion assertions,
    ProtectedResources resources,
    ILogger<LegacyEndpointProxy> logger
)
{
    private const int MaximumBytes = 64 * 1024;
    private const string Resource = "resource";
    private static readonly string[] s_requestHeaders = [HeaderNames.Authorization, HeaderNames.Accept, DPoP.ProofVerifier.Header];
    private static readonly string[] s_responseHeaders = [HeaderNames.WWWAuthenticate, HeaderNames.CacheControl, HeaderNames.RetryAfter];

    public IResult Authorize(HttpRequest request) =>
        Results.Redirect(authority.Issuer + EndpointPaths.Authorize + WithResource(request).Value);

    // These clients do not know resource indicators, but an authorization server with several resources requires one; a client that comes
    // here means this resource.
    private QueryString WithResource(HttpRequest request) =>
        request.Query.ContainsKey("response_type")
        && request.Query[Resource].All(string.IsNullOrEmpty)
        && resources.OnHost(request) is { } here
            ? request.QueryString.Add(Resource, here.Options.Resource)
            : request.QueryString;

    // A code and its tokens are bound to the resource; client_credentials starts here.
    private byte[] WithResource(HttpRequest request, string path, byte[] body)
    {
        if (path != EndpointPaths.Token || !request.HasFormContentType || resources.OnHost(request) is not { } here)
        {
            return body;
        }

        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body));
        return
            form.TryGetValue("grant_type", out var type)
            && type == "client_credentials"
            && form.GetValueOrDefault(Resource).All(string.IsNullOrEmpty)
            ? [.. body, .. Encoding.UTF8.GetBytes($"&{Resource}={Uri.EscapeDataString(here.Options.Resource)}")]
            : body;
    }

    public async Task<IResult> ForwardAsync(HttpContext context, string path, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaximumBytes + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > MaximumBytes)
        {
            return new OAuthError(
                StatusCodes.Status413PayloadTooLarge,
                "invalid_request",
                $"The request body is larger than {MaximumBytes} bytes."
            );
        }

        var body = WithResource(context.Request, path, buffer[..length]);
        using var request = await ForwardedAsync(context, path, new ByteArrayContent(body), cancellationToken);
        try
        {
            using var client = clients.CreateClient(AuthorityMetadata.HttpClientName);
            using var response = await client.SendAsync(request, cancellationToken);
            foreach (var name in s_responseHeaders)
            {
                if (response.Headers.TryGetValues(name, out var values))
                {
                    context.Response.Headers[name] = values.ToArray();
                }
            }

            return Results.Text(
                await response.Content.ReadAsStringAsync(cancellationToken),
                response.Content.Headers.ContentType?.ToString(),
                statusCode: (int)response.StatusCode
            );
        }
        catch (Exception exception)
            when (exception is HttpRequestException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            LogUnreachable(exception);
            return OAuthError.TemporarilyUnavailable();
        }
    }

    private async Task<HttpRequestMessage> ForwardedAsync(
        HttpContext context,
        string path,
        HttpContent content,
        CancellationToken cancellationToken
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, authority.Issuer + path) { Content = content };
        var sent = context.Request.Headers;
        if (IsSendable(sent.ContentType))
        {
            request.Content.Headers.TryAddWithoutValidation(HeaderNames.ContentType, (IEnumerable<string?>)sent.ContentType);
        }

        if (context.Connection.RemoteIpAddress?.ToString() is { } caller)
        {
            // The authorization server's limits distinguish callers by it. The second header is for a server that lists this one in its
            // TrustedProxies.
            request.Headers.TryAddWithoutValidation(
                ServerAssertion.CallerHeader,
                await assertions.CreateForCallerAsync(authority.Issuer, caller, cancellationToken)
            );
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", caller);
        }

        foreach (var name in s_requestHeaders.Where(name => IsSendable(sent[name])))
        {
            request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)sent[name]);
        }

        return request;
    }

    // The web server reads UTF-8 in header fields, which no client can send on. None of these contains any in a valid request.
    private static bool IsSendable(StringValues values) =>
        values.Count > 0 && values.All(value => value is not null && Ascii.IsValid(value));

    [LoggerMessage(1603, LogLevel.Warning, "Forwarding a request to the authorization server failed.")]
    private partial void LogUnreachable(Exception exception);
}
