using System.Net;
using McpOidc.Configuration;
using McpOidc.Federation;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>
/// Whose request an MCP server forwards (<see cref="Protection.LegacyEndpointProxy"/>): without this all its callers would be one address,
/// with one budget. It proves by the common secret that it is one of ours, so that it need not be among the trusted proxies.
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
