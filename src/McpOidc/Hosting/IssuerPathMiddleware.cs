using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>
/// Where the issuer has a path, the authorization server answers below it and nowhere else. A path base only takes the path away where it
/// stands; without this the same endpoints would answer at the root too, where OpenIddict knows nothing of them.
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
            // A proxy may name the path that it takes away elsewhere with every request.
            context.Request.PathBase = PathString.Empty;
        }
        else if (!context.Request.PathBase.Equals(issuer.Path, StringComparison.OrdinalIgnoreCase))
        {
            context.SetEndpoint(null);
        }

        return next(context);
    }
}
