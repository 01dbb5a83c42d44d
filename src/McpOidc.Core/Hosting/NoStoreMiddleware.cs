using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace McpOidc.Hosting;

/// <summary>
/// Prevents caching of responses about a token, client or user (RFC 6749 §5.1, RFC 7591 §3.2.1), and their compression over TLS, where
/// the length would reveal a secret next to text chosen by the caller (BREACH).
/// </summary>
internal sealed class NoStoreMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { IsConfidential: true })
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            ForbidCompression(context);
        }

        return next(context);
    }

    /// <summary>Keeps the host's response compression away from responses that contain secrets.</summary>
    public static void ForbidCompression(HttpContext context)
    {
        if (context.Features.Get<IHttpsCompressionFeature>() is { } compression)
        {
            compression.Mode = HttpsCompressionMode.DoNotCompress;
        }
    }
}
