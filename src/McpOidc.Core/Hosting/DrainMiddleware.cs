using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>While the process drains, an answer is the last of its connection (HTTP/2: GOAWAY): a proxy that kept it would send a request
/// into its end.</summary>
internal sealed class DrainMiddleware(RequestDelegate next, ProcessGuards guards)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (guards.IsDraining)
        {
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }

        return next(context);
    }
}
