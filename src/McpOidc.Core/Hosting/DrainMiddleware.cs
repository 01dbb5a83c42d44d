using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>Closes each connection after its response while the process drains (HTTP/2: GOAWAY). Otherwise a proxy would reuse a
/// connection that is about to end.</summary>
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
