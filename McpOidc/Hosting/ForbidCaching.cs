using McpOidc.Configuration;
using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>
/// Whatever says something of a token, a client or a person is stored nowhere on its way (RFC 6749 §5.1, RFC 7591 §3.2.1), and not compressed
/// over TLS: its length would tell of the secret beside what the caller chose (BREACH).
/// </summary>
internal sealed class ForbidCaching(RequestDelegate next)
{
    private static readonly string[] s_paths = [EndpointPaths.PushedAuthorization, EndpointPaths.Token, EndpointPaths.Register, EndpointPaths.UserInfo, EndpointPaths.Admin];

    public Task InvokeAsync(HttpContext context)
    {
        if (EndpointPaths.IsBelow(context.Request.Path, s_paths))
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            PageHeaders.ForbidCompression(context);
        }

        return next(context);
    }
}
