using McpOidc.Configuration;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>The endpoints of a resource server: its metadata and, for older clients, those of its authorization server.</summary>
internal static class ResourceServerEndpoints
{
    private static readonly OwnEndpoint s_metadata = new() { IsOpenToOrigins = true, IsBelowIssuer = false };

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var proxies =
            services.GetRequiredService<IOptions<ResourceServerOptions>>().Value.ProxyAuthorizationServer
            && !Roles.IsAuthorizationServer(services);
        foreach (var resource in services.GetRequiredService<ProtectedResources>().All)
        {
            MapMetadata(
                endpoints,
                EndpointPaths.ProtectedResourceMetadata,
                resource,
                http =>
                    http.RequestServices.GetRequiredService<ProtectedResourceMetadata>().Serve(resource, http.Response).ExecuteAsync(http)
            );
            if (proxies)
            {
                MapMetadata(endpoints, EndpointPaths.AuthorizationServerMetadata, resource, ServeProxiedAsync);
                MapMetadata(endpoints, EndpointPaths.OpenIdConfiguration, resource, ServeProxiedAsync);
            }
        }

        if (proxies)
        {
            MapLegacyProxy(endpoints);
        }
    }

    private static async Task ServeProxiedAsync(HttpContext http)
    {
        var proxy = http.RequestServices.GetRequiredService<AuthorizationServerMetadataProxy>();
        await (await proxy.ServeAsync(http.Response, http.RequestAborted)).ExecuteAsync(http);
    }

    private static void MapMetadata(IEndpointRouteBuilder endpoints, string wellKnown, ProtectedResource resource, RequestDelegate serve)
    {
        var resources = endpoints.ServiceProvider.GetRequiredService<ProtectedResources>();
        var isOnOneOfSeveralHosts = resources.All.Any(other => other.Uri.Host != resource.Uri.Host);
        foreach (var form in FormsOf(resources, wellKnown, resource))
        {
            IEndpointConventionBuilder[] mapped =
            [
                endpoints.MapGet(form, serve).As(s_metadata),
                endpoints.MapOtherMethods(form, s_metadata),
            ];
            foreach (var endpoint in isOnOneOfSeveralHosts ? mapped : [])
            {
                endpoint.RequireHost(resource.Uri.Host);
            }
        }
    }

    /// <summary>
    /// All paths where clients look: with the resource's path after the well-known path (RFC 9728 §3.1, RFC 8414 §3.1); with it before
    /// (OpenID Connect Discovery §4.1; Codex does so for all documents), also without the part that a proxy removes; and at the root, if
    /// the resource is unambiguous there.
    /// </summary>
    private static IEnumerable<string> FormsOf(ProtectedResources resources, string wellKnown, ProtectedResource resource)
    {
        if (resource.Path.Length == 0 || resources.All.Count == 1 || resources.Default == resource)
        {
            yield return wellKnown;
        }

        bool IsOfNoOther(string tail) => !resources.All.Any(other => other != resource && other.Tails.Contains(tail));

        if (resource.Path.Length > 0)
        {
            yield return wellKnown + resource.Path;
            foreach (var tail in resource.Tails.Where(tail => tail == resource.Path || IsOfNoOther(tail)))
            {
                yield return tail + wellKnown;
            }
        }
    }

    private static void MapLegacyProxy(IEndpointRouteBuilder endpoints)
    {
        endpoints
            .MapGet(EndpointPaths.Authorize, (HttpRequest request, LegacyEndpointProxy proxy) => proxy.Authorize(request))
            .As(new() { Caller = Caller.Browser });
        var proxied = new OwnEndpoint
        {
            Caller = Caller.Program,
            IsOpenToOrigins = true,
            IsConfidential = true,
        };
        (string From, string To)[] forwarded =
        [
            (EndpointPaths.Token, EndpointPaths.Token),
            (EndpointPaths.Register, EndpointPaths.Register),
            (EndpointPaths.LegacyRevocation, EndpointPaths.Revocation),
        ];
        foreach (var (from, to) in forwarded)
        {
            endpoints
                .MapPost(from, (HttpContext http, LegacyEndpointProxy proxy, CancellationToken ct) => proxy.ForwardAsync(http, to, ct))
                .As(proxied);
            endpoints.MapOtherMethods(from, proxied);
        }
    }
}
