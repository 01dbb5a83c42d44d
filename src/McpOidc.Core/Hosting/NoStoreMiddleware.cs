using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

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
            ForbidCompression(context);
        }

        return next(context);
    }

    /// <summary>Keeps a response compression that the host may have from what has secrets in it.</summary>
    public static void ForbidCompression(HttpContext context)
    {
        if (context.Features.Get<IHttpsCompressionFeature>() is { } compression)
        {
            compression.Mode = HttpsCompressionMode.DoNotCompress;
        }
    }
}
