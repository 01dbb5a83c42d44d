using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// The scopes that one request needs: those of its endpoint and policies, and those of the tools, prompts and resources that it calls.
/// Collected during the request, for the decision and for the challenge.
/// </summary>
internal sealed class NeededScopes
{
    private readonly HashSet<string> _scopes = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> All => _scopes;

    public void Add(IEnumerable<string> scopes) => _scopes.UnionWith(scopes);

    public static NeededScopes Of(HttpContext http)
    {
        if (http.Features.Get<NeededScopes>() is { } needed)
        {
            return needed;
        }

        needed = new NeededScopes();
        if (http.GetEndpoint() is { } endpoint)
        {
            needed.Add(OfEndpoint(endpoint));
        }

        http.Features.Set(needed);
        return needed;
    }

    /// <summary>The scopes that an endpoint requires for every request.</summary>
    public static IEnumerable<string> OfEndpoint(Endpoint endpoint) =>
        endpoint
            .Metadata.GetOrderedMetadata<McpOidcRequirement>()
            .SelectMany(requirement => requirement.Scopes)
            .Concat(endpoint.Metadata.GetOrderedMetadata<RequireScopesAttribute>().SelectMany(attribute => attribute.Scopes));
}
