using McpOidc.Configuration;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>The protected MCP endpoints of this process, and the assignment of application endpoints to them.</summary>
internal sealed class ProtectedResources(IOptions<ResourceServerOptions> options, IServiceProvider services)
{
    // Not read in the constructor, which runs before settings are validated.
    private readonly Lazy<ProtectedResource[]> _all = new(() =>
        [.. Described(options.Value).Select(one => new ProtectedResource(one.Scheme, one.Options))]
    );

    // The protected MCP endpoints by route. Read after all endpoints are mapped.
    private Dictionary<string, ProtectedResource>? _mapped;

    public IReadOnlyList<ProtectedResource> All => _all.Value;

    /// <summary>The resource of an authentication scheme; for the scheme <c>McpOidc</c>, the one that the request is for.</summary>
    public ProtectedResource Of(string scheme, HttpContext http) =>
        scheme == McpOidcAuthentication.Scheme ? Of(http) : All.First(resource => resource.Scheme == scheme);

    /// <summary>The resource that a request is for.</summary>
    public ProtectedResource Of(HttpContext http) =>
        All is [var only] ? only : (http.GetEndpoint() is RouteEndpoint endpoint ? Of(endpoint) : At(http.Request)) ?? All[0];

    /// <summary>The resource that an endpoint belongs to.</summary>
    /// <returns><see langword="null"/> if there are several and it is ambiguous.</returns>
    /// <exception cref="InvalidOperationException">It names a resource that does not exist.</exception>
    public ProtectedResource? Of(Endpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<ResourceName>() is { Name: var name })
        {
            return All.FirstOrDefault(resource => resource.Scheme == name)
                ?? throw new InvalidOperationException(
                    $"ForResource(\"{name}\") names no configured resource. Set {ResourceServerOptions.Section}:Resources:{name}:Resource."
                );
        }

        return All is [var only]
            ? only
            : (
                endpoint is RouteEndpoint { RoutePattern.RawText: { } pattern }
                    ? Longest('/' + pattern.Trim('/'), isWhole: true) ?? Longest('/' + pattern.Trim('/'), isWhole: false)
                    : null
            ) ?? Default;
    }

    /// <summary>
    /// The resource to whose exact path a request is sent, whatever its method and whatever is mapped there: by the path that the caller
    /// sees or, if a proxy removed a part without reporting it, by the endpoint at the path that the application sees.
    /// </summary>
    public ProtectedResource? At(HttpRequest request) =>
        At((request.PathBase + request.Path).Value ?? "")
            .OrderByDescending(resource => resource.Uri.Host == request.Host.Host)
            .FirstOrDefault()
        ?? Mapped.GetValueOrDefault((request.Path.Value ?? "").Trim('/'));

    /// <summary>The resource of a request that identifies it only by its host: the only one of that host, or the one of the section
    /// itself.</summary>
    /// <returns><see langword="null"/> if there are several and it is ambiguous.</returns>
    public ProtectedResource? OnHost(HttpRequest request)
    {
        ProtectedResource[] here = [.. All.Where(resource => resource.Uri.Host == request.Host.Host)];
        return here.Length == 1 ? here[0]
            : All is [var only] ? only
            : Default;
    }

    /// <summary>Whether a route is mapped exactly at the path of a resource, as callers see it.</summary>
    public bool IsPath(PathString pathBase, string? pattern) => At((pathBase + new PathString('/' + pattern?.Trim('/'))).Value!).Any();

    /// <summary>The resource for which a request must authenticate; <see langword="null"/> for every other request.</summary>
    public ProtectedResource? Guarding(HttpContext http) =>
        http.GetEndpoint() is { } endpoint && endpoint.Metadata.GetMetadata<McpOidcRequirement>() is not null && !endpoint.IsAnonymous()
            ? Of(http)
            : At(http.Request);

    /// <summary>The resource of the section itself.</summary>
    public ProtectedResource? Default => All[0].Scheme == McpOidcAuthentication.Scheme ? All[0] : null;

    private IEnumerable<ProtectedResource> At(string path) =>
        All.Where(resource => resource.Path.Length > 0 && resource.Path.Equals(path.TrimEnd('/'), StringComparison.OrdinalIgnoreCase));

    private Dictionary<string, ProtectedResource> Mapped => _mapped ??= CollectMapped();

    private Dictionary<string, ProtectedResource> CollectMapped()
    {
        var mapped = new Dictionary<string, ProtectedResource>(StringComparer.OrdinalIgnoreCase);
        foreach (var endpoint in services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (
                endpoint.Metadata.GetMetadata<McpOidcRequirement>() is not null
                && endpoint.RoutePattern is { RawText: var pattern, Parameters.Count: 0 }
                && Of(endpoint) is { } resource
                && (McpTransport.Is(endpoint) || resource.IsAt(pattern))
            )
            {
                mapped.TryAdd(pattern?.Trim('/') ?? "", resource);
            }
        }

        return mapped;
    }

    // Several resources with the same path are on several hosts; ForResource selects one.
    private ProtectedResource? Longest(string route, bool isWhole) =>
        All.Where(resource => resource.Covers(route, isWhole) is not null)
            .GroupBy(resource => resource.Covers(route, isWhole))
            .MaxBy(group => group.Key)
            ?.ToArray()
            is [var only]
            ? only
            : null;

    /// <summary>The resources in the settings, validated or not.</summary>
    public static IEnumerable<(string Scheme, string Setting, ProtectedResourceOptions Options)> Described(ResourceServerOptions options)
    {
        if (options.Resources.Count == 0 || !string.IsNullOrEmpty(options.Resource))
        {
            yield return (McpOidcAuthentication.Scheme, ResourceServerOptions.Section, options);
        }

        foreach (var (name, named) in options.Resources.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            yield return (name, $"{ResourceServerOptions.Section}:Resources:{name}", named);
        }
    }

    /// <summary>The resource given by <c>ForResource</c> for an endpoint.</summary>
    internal sealed record ResourceName(string Name);
}
