using McpOidc.Configuration;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The endpoints of McpOidc.</summary>
public static class McpOidcEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the endpoints of the added roles. OpenIddict answers <c>/token</c>, <c>/token/revocation</c>, <c>/token/introspection</c>,
    /// <c>/me</c>, <c>/jwks</c> and the authorization server metadata in <c>UseMcpOidc()</c>. None of them needs the application's own
    /// sign-in: its fallback policy does not apply to them.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>The application.</returns>
    /// <exception cref="InvalidOperationException"><c>AddMcpOidc()</c> or a role is missing.</exception>
    public static IEndpointRouteBuilder MapMcpOidc(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var roles = Roles.Require(endpoints.ServiceProvider, nameof(MapMcpOidc));
        MapUnknownMetadata(endpoints);
        foreach (var role in roles)
        {
            role.Map(endpoints);
        }

        return endpoints;
    }

    // A client that requests a path without an endpoint must be able to read the 404, so it needs CORS headers too.
    private static void MapUnknownMetadata(IEndpointRouteBuilder endpoints)
    {
        string[] documents =
        [
            EndpointPaths.AuthorizationServerMetadata,
            EndpointPaths.OpenIdConfiguration,
            EndpointPaths.ProtectedResourceMetadata,
        ];
        foreach (var document in documents)
        {
            endpoints
                .Map(document + "/{**path}", OwnEndpointExtensions.NotFound)
                .As(new() { IsOpenToOrigins = true, IsBelowIssuer = false });
        }
    }
}
