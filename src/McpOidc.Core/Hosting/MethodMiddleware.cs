using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Hosting;

/// <summary>
/// Handles methods at McpOidc endpoints: HEAD is treated like GET, and the host omits the body (RFC 9110 §9.3.2). An unsupported method
/// gets 405 with the allowed ones (§15.5.6). OpenIddict would answer both with 400.
/// </summary>
internal sealed class MethodMiddleware(RequestDelegate next)
{
    /// <summary>Metadata of the endpoint for all methods that no other endpoint handles.</summary>
    internal sealed class Refused;

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Refused>() is not null)
        {
            await RefuseAsync(context);
            return;
        }

        if (!HttpMethods.IsHead(context.Request.Method) || !OwnEndpointExtensions.IsOwn(context))
        {
            await next(context);
            return;
        }

        context.Request.Method = HttpMethods.Get;
        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Method = HttpMethods.Head;
        }
    }

    /// <summary>Lists the methods allowed at the endpoint's path.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        var pattern = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText?.Trim('/');
        var taken = context
            .RequestServices.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText?.Trim('/') == pattern)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
            .Distinct(StringComparer.Ordinal);
        var allowed = string.Join(", ", taken);
        context.Response.Headers.Allow = allowed;
        return new OAuthError(
            StatusCodes.Status405MethodNotAllowed,
            "invalid_request",
            $"This endpoint allows only {allowed}."
        ).ExecuteAsync(context);
    }
}
