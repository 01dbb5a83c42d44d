using System.Net;
using McpOidc.Configuration;
using McpOidc.Federation;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>
/// Determines the caller for whom an MCP server forwards a request (<see cref="Protection.LegacyEndpointProxy"/>). Otherwise all its
/// callers would share one address and its limits. The MCP server authenticates with the shared secret, so it need not be a trusted proxy.
/// </summary>
internal sealed class ForwardedCallerMiddleware(RequestDelegate next, ServerAssertion assertions, Issuer issuer)
{
    private const int MaximumLength = 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        if (
            context.Request.Headers[ServerAssertion.CallerHeader] is [{ Length: > 0 and <= MaximumLength } assertion]
            && OwnEndpointExtensions.IsOwn(context)
            && await assertions.ReadCallerAsync(assertion, issuer.Value, context.RequestAborted) is { } caller
            && IPAddress.TryParse(caller, out var address)
        )
        {
            ForwardedCaller.Set(context, address);
        }

        await next(context);
    }
}
