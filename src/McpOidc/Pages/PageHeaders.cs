using McpOidc.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Pages;

/// <summary>The headers of every page, and of every redirect between pages.</summary>
internal static class PageHeaders
{
    // No form-action: Chromium applies it to redirects after a form too, which lead to the identity provider and the client.
    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void Apply(HttpResponse response)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (response.HttpContext.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { CutsOpener: true })
        {
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
        }

        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        headers.CacheControl = "no-store";
        NoStoreMiddleware.KeepPrivate(response.HttpContext);
    }
}
