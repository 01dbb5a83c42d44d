using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;

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
            KeepPrivate(context);
        }

        return next(context);
    }

    /// <summary>Keeps the host's response compression and output cache away from responses that contain secrets. An output cache ignores
    /// <c>Cache-Control</c>, and would show one user's page to the next.</summary>
    public static void KeepPrivate(HttpContext context)
    {
        if (context.Features.Get<IHttpsCompressionFeature>() is { } compression)
        {
            compression.Mode = HttpsCompressionMode.DoNotCompress;
        }

        if (context.Features.Get<IOutputCacheFeature>() is { } cache)
        {
            cache.Context.AllowCacheStorage = false;
        }
    }
}
