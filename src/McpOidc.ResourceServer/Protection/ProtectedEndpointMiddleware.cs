using System.Runtime.CompilerServices;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpOidc.Protection;

/// <summary>
/// Protects application endpoints without <c>RequireMcpOidc</c>: those with <see cref="RequireScopesAttribute"/>, in controllers and
/// minimal APIs, and those mapped exactly at the path of a resource, for instance by <c>MapMcp().RequireAuthorization()</c>. An attribute
/// alone is not enough: the MCP SDK rejects tools with an attribute that ASP.NET Core's authorization would read.
/// </summary>
internal sealed class ProtectedEndpointMiddleware(RequestDelegate next, ProtectedResources resources)
{
    private readonly ConditionalWeakTable<Endpoint, Endpoint> _protected = [];

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is RouteEndpoint endpoint && Needs(endpoint, context.Request.PathBase))
        {
            context.SetEndpoint(_protected.GetValue(endpoint, static endpoint => Protect((RouteEndpoint)endpoint)));
        }

        return next(context);
    }

    private bool Needs(RouteEndpoint endpoint, PathString pathBase) =>
        endpoint.Metadata.GetMetadata<RequireScopesAttribute>() is not null
        || (
            endpoint.Metadata.GetMetadata<OwnEndpoint>() is null
            && (
                endpoint.Metadata.GetMetadata<McpOidcRequirement>() is null
                    ? resources.IsPath(pathBase, endpoint.RoutePattern.RawText)
                    // A group that is open to everyone does not open the MCP endpoint in it.
                    : endpoint.IsAnonymous() && (McpTransport.Is(endpoint) || resources.IsPath(pathBase, endpoint.RoutePattern.RawText))
            )
        );

    private static RouteEndpoint Protect(RouteEndpoint endpoint)
    {
        var metadata = endpoint.Metadata.Where(one => one is not IAllowAnonymous).ToList();
        EndpointProtection.Protect(
            metadata,
            endpoint.Metadata.GetOrderedMetadata<RequireScopesAttribute>().SelectMany(attribute => attribute.Scopes)
        );
        return new RouteEndpoint(endpoint.RequestDelegate!, endpoint.RoutePattern, endpoint.Order, new(metadata), endpoint.DisplayName);
    }
}
