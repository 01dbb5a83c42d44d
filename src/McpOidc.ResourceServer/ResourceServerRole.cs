using System.Reflection;
using McpOidc.Configuration;
using McpOidc.Hosting;
using McpOidc.Protection;
using McpOidc.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace McpOidc;

/// <summary>This process is a protected MCP server.</summary>
internal sealed class ResourceServerRole(ProtectedResources resources, IOptions<ResourceServerOptions> options) : Role
{
    public override IEnumerable<string?> Urls => ProtectedResources.Described(options.Value).Select(resource => resource.Options.Resource);

    public override bool Owns(HttpRequest request) => resources.At(request) is not null;

    public override string? OriginOf(HttpContext context) => HasOwnPolicy(context) ? null : resources.Guarding(context)?.Origin;

    public override void UseMatched(IApplicationBuilder app) => app.UseMiddleware<ProtectedEndpointMiddleware>();

    public override void UseAuthenticated(IApplicationBuilder app)
    {
        app.UseMiddleware<RefusalMiddleware>();
        app.UseMiddleware<CalledPrimitivesMiddleware>();
    }

    public override void UseAuthorized(IApplicationBuilder app)
    {
        app.UseMiddleware<UnmatchedRequestMiddleware>();
        app.UseMiddleware<IdentityProviderTokenMiddleware>();
        app.UseMiddleware<McpSessionMiddleware>();
        app.UseMiddleware<OpenStreamMiddleware>();
    }

    public override void StartCounters(Metrics metrics, IServiceProvider services) => metrics.StartResourceServer();

    public override void Map(IEndpointRouteBuilder endpoints) => ResourceServerEndpoints.Map(endpoints);

    public override void Check(IEnumerable<Endpoint> endpoints)
    {
        if (endpoints.FirstOrDefault(endpoint => endpoint.IsOurs() && resources.Of(endpoint) is null) is { } undecided)
        {
            throw new StartException(
                $"The endpoint '{undecided.DisplayName}' could belong to any of "
                    + $"{string.Join(", ", resources.All.Select(resource => resource.Scheme))}. "
                    + "Call ForResource(name) on it, or map it below the path of its resource."
            );
        }

        if (endpoints.SelectMany(HubMethods).FirstOrDefault(method => method.IsDefined(typeof(RequireScopesAttribute))) is { } method)
        {
            throw new StartException(
                $"[RequireScopes] on the hub method {method.DeclaringType?.Name}.{method.Name} would have no effect: its calls are no "
                    + "HTTP requests. Put it on the hub, or use [Authorize(Policy = …)] with a policy that calls RequireScope()."
            );
        }
    }

    // The application's CORS policy decides about its endpoints, except for MCP endpoints, where it would check no Origin.
    private bool HasOwnPolicy(HttpContext context) =>
        context.GetEndpoint() is { } endpoint
        && endpoint.Metadata.GetMetadata<ICorsMetadata>() is not null
        && !McpTransport.Is(endpoint)
        && resources.At(context.Request) is null;

    private static IEnumerable<MethodInfo> HubMethods(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<HubMetadata>()?.HubType.GetMethods() ?? [];
}
