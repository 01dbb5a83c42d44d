using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Hosting;

/// <summary>
/// Methods at endpoints of ours: HEAD is answered as GET is, and the host leaves out the body (RFC 9110 §9.3.2); one that is not taken is
/// 405 and told which are (§15.5.6). OpenIddict would answer both with 400.
/// </summary>
internal sealed class MethodMiddleware(RequestDelegate next)
{
    /// <summary>Metadata of an endpoint that stands for the methods that no other takes.</summary>
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

    /// <summary>Says which methods are taken at the path of the endpoint.</summary>
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
        return new OAuthError(StatusCodes.Status405MethodNotAllowed, "invalid_request", $"This endpoint takes {allowed}.").ExecuteAsync(
            context
        );
    }
}
