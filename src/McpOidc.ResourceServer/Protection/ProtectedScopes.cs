using McpOidc.Authorization;
using McpOidc.Configuration;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Protection;

/// <summary>
/// The scopes that each protected MCP server knows: from its settings, its endpoints, and its tools, prompts and resources. Complete once
/// all endpoints are mapped.
/// </summary>
internal sealed class ProtectedScopes(ProtectedResources resources, PrimitiveScopes primitives, IServiceProvider services)
{
    private readonly Lazy<Dictionary<ProtectedResource, Known>> _known = new(() =>
        resources.All.ToDictionary(
            resource => resource,
            resource => Collect(resource, resources, primitives, services.GetRequiredService<EndpointDataSource>())
        )
    );

    /// <summary>The scopes that a client needs initially: least privilege, and the rest when a tool requires it.</summary>
    public IReadOnlyList<string> BaseOf(ProtectedResource resource) => _known.Value[resource].Base;

    /// <summary>The scopes in the metadata: at most as many as a client can request at once.</summary>
    public IReadOnlyList<string> PublishedOf(ProtectedResource resource) =>
        ScopeText.Cut(resource.Options.PublishAllScopes ? AllOf(resource) : BaseOf(resource), CommonRules.MaximumScopesLength);

    public IReadOnlyList<string> AllOf(ProtectedResource resource) => _known.Value[resource].All;

    private static Known Collect(
        ProtectedResource resource,
        ProtectedResources resources,
        PrimitiveScopes primitives,
        EndpointDataSource source
    )
    {
        var endpoints = source
            .Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => (Endpoint: endpoint, Scopes: NeededScopes.OfEndpoint(endpoint).ToList()))
            .Where(one => one.Scopes.Count > 0 && resources.Of(one.Endpoint) == resource)
            .ToList();
        var first = resource.Options.Scopes.Concat(
            endpoints.Where(one => resource.IsAt(one.Endpoint.RoutePattern.RawText)).SelectMany(one => one.Scopes)
        );
        string[] @base =
        [
            .. (resource.Options.AskForAllScopesAtOnce ? first.Concat(primitives.All) : first).Distinct(StringComparer.Ordinal),
        ];
        return new(
            @base,
            [.. @base.Concat(endpoints.SelectMany(one => one.Scopes)).Concat(primitives.All).Distinct(StringComparer.Ordinal)]
        );
    }

    private sealed record Known(string[] Base, string[] All);
}
