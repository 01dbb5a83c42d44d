using System.Text;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Federation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Protection;

/// <summary>
/// <c>/authorize</c>, <c>/token</c>, <c>/register</c> and <c>/revoke</c> on the MCP origin, for clients of 2025-03-26 that take it for the
/// authorization server: a browser is sent on, a machine's request is forwarded.
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

    // These clients know no resource indicators, and an authorization server with several resources needs one: whoever comes here wants
    // this one.
    private QueryString WithResource(HttpRequest request) =>
        request.Query.ContainsKey("response_type") && !request.Query.ContainsKey(Resource) && resources.OnHost(request) is { } here
            ? request.QueryString.Add(Resource, here.Options.Resource)
            : request.QueryString;

    // A code is bound to it, and so is what descends from it; a machine begins here.
    private byte[] WithResource(HttpRequest request, string path, byte[] body)
    {
        if (path != EndpointPaths.Token || !request.HasFormContentType || resources.OnHost(request) is not { } here)
        {
            return body;
        }

        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body));
        return form.TryGetValue("grant_type", out var type) && type == "client_credentials" && !form.ContainsKey(Resource)
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
                $"The body is larger than {MaximumBytes} bytes."
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
        request.Content.Headers.TryAddWithoutValidation(HeaderNames.ContentType, context.Request.ContentType);
        if (context.Connection.RemoteIpAddress?.ToString() is { } caller)
        {
            // The limits of the authorization server tell callers apart by it. The second is for one that has us among its TrustedProxies.
            request.Headers.TryAddWithoutValidation(
                ServerAssertion.CallerHeader,
                await assertions.CreateForCallerAsync(authority.Issuer, caller, cancellationToken)
            );
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", caller);
        }

        foreach (var name in s_requestHeaders.Where(context.Request.Headers.ContainsKey))
        {
            request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)context.Request.Headers[name]);
        }

        return request;
    }

    [LoggerMessage(1603, LogLevel.Warning, "A request could not be forwarded to the authorization server.")]
    private partial void LogUnreachable(Exception exception);
}
