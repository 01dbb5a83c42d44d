using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>
/// Where the issuer has a path, the authorization server answers below it and nowhere else. A path base only takes the path away where it
/// stands;
/// without this the same endpoints would answer at the root too, where OpenIddict knows nothing of them.
/// </summary>
internal sealed class IssuerPathMiddleware(RequestDelegate next, Issuer issuer)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (
            context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is { IsBelowIssuer: true }
            && !context.Request.PathBase.Equals(issuer.Path, StringComparison.OrdinalIgnoreCase)
        )
        {
            context.SetEndpoint(null);
        }

        return next(context);
    }
}
