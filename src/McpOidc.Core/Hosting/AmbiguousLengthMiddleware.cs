using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Hosting;

/// <summary>
/// A request that has both a length and chunks is how one request is smuggled in another past a proxy: it is refused and the connection
/// closed (RFC 9112 §6.1). Kestrel would go by the chunks, and puts the length aside under another name.
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
        return new OAuthError(StatusCodes.Status400BadRequest, "invalid_request", "The request has two lengths.").ExecuteAsync(context);
    }
}
