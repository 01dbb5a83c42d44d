using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>
/// If the issuer has a path, the authorization server answers only below it. A path base only removes the path if present; without this
/// middleware the endpoints would also exist at the root, where OpenIddict does not recognize them.
/// </summary>
internal sealed class IssuerPathMiddleware(RequestDelegate next, Issuer issuer)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is not { } own)
        {
            return next(context);
        }

        if (!own.IsBelowIssuer)
        {
            // A proxy may report the removed path in a header of each request.
            context.Request.PathBase = PathString.Empty;
        }
        else if (!context.Request.PathBase.Equals(issuer.Path, StringComparison.OrdinalIgnoreCase))
        {
            context.SetEndpoint(null);
        }

        return next(context);
    }
}
