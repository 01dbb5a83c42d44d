using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Hosting;

/// <summary>
/// Rejects a request that has both Content-Length and Transfer-Encoding and closes the connection: that is how requests are smuggled past
/// a proxy (RFC 9112 §6.1). Kestrel would use the chunks and keep the length under another header name.
/// </summary>
internal sealed class AmbiguousLengthMiddleware(RequestDelegate next)
{
    private const string LengthPutAside = "X-Content-Length";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Headers.TransferEncoding.Count == 0 || !context.Request.Headers.ContainsKey(LengthPutAside))
        {
            return next(context);
        }

        context.Response.Headers[HeaderNames.Connection] = "close";
        return new OAuthError(
            StatusCodes.Status400BadRequest,
            "invalid_request",
            "The request has both Content-Length and Transfer-Encoding."
        ).ExecuteAsync(context);
    }
}
