using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>Makes the issuer's path the path base. The application may have removed the beginning of it itself (<c>UsePathBase</c>): its
/// own pages are there.</summary>
internal sealed class IssuerPathBaseMiddleware(RequestDelegate next, Issuer issuer)
{
    private readonly PathString _path = new(issuer.Path);

    /// <summary>The path base of the application's own pages.</summary>
    public sealed record OfApplication(PathString PathBase);

    public async Task InvokeAsync(HttpContext context)
    {
        var (pathBase, path) = (context.Request.PathBase, context.Request.Path);
        context.Features.Set(new OfApplication(pathBase));
        if (!_path.StartsWithSegments(pathBase, out var missing) || !path.StartsWithSegments(missing, out var matched, out var rest))
        {
            await next(context);
            return;
        }

        (context.Request.PathBase, context.Request.Path) = (pathBase + matched, rest);
        try
        {
            await next(context);
        }
        finally
        {
            (context.Request.PathBase, context.Request.Path) = (pathBase, path);
        }
    }
}
