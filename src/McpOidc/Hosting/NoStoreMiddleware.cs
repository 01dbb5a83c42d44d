using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>
/// Whatever says something of a token, a client or a person is stored nowhere on its way (RFC 6749 §5.1, RFC 7591 §3.2.1), and not
/// compressed over TLS: its length would tell of the secret beside what the caller chose (BREACH).
/// </summary>
internal sealed class NoStoreMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { IsConfidential: true })
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            PageHeaders.ForbidCompression(context);
        }

        return next(context);
    }
}
