using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>The protected MCP endpoints of this process, and which of them an endpoint of the application belongs to.</summary>
internal sealed class ProtectedResources(IOptions<ResourceServerOptions> options, IServiceProvider services)
{
    // Not read when this is made: that is before the settings are checked.
    private readonly Lazy<ProtectedResource[]> _all = new(() =>
        [.. Described(options.Value).Select(one => new ProtectedResource(one.Scheme, one.Options))]
    );

    // The MCP endpoints that carry their guard, by where they are mapped. Read when all is.
    private Dictionary<string, ProtectedResource>? _mapped;

    public IReadOnlyList<ProtectedResource> All => _all.Value;

    /// <summary>The resource of an authentication scheme; of the scheme <c>McpOidc</c>, the one that the request is for.</summary>
    public ProtectedResource Of(string scheme, HttpContext http) =>
        scheme == McpOidcAuthentication.Scheme ? Of(http) : All.First(resource => resource.Scheme == scheme);

    /// <summary>The resource that a request is for.</summary>
    public ProtectedResource Of(HttpContext http) =>
        All is [var only] ? only : (http.GetEndpoint() is RouteEndpoint endpoint ? Of(endpoint) : At(http.Request)) ?? All[0];

    /// <summary>The resource that an endpoint belongs to.</summary>
    /// <returns><see langword="null"/> where there are several and nothing decides.</returns>
    /// <exception cref="InvalidOperationException">It is said to belong to one that there is none of.</exception>
    public ProtectedResource? Of(Endpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<ResourceName>() is { Name: var name })
        {
            return All.FirstOrDefault(resource => resource.Scheme == name)
                ?? throw new InvalidOperationException(
                    $"ForResource(\"{name}\") names no resource. Configure {ResourceServerOptions.Section}:Resources:{name}:Resource."
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
    /// The resource whose very path a request is sent to, whatever is mapped there and whatever its method: by the path that the caller
    /// sees, or by the endpoint at the path that the application sees, where a proxy took a part away and does not say which.
    /// </summary>
    public ProtectedResource? At(HttpRequest request) =>
        At((request.PathBase + request.Path).Value ?? "")
            .OrderByDescending(resource => resource.Uri.Host == request.Host.Host)
            .FirstOrDefault()
        ?? Mapped.GetValueOrDefault((request.Path.Value ?? "").Trim('/'));

    /// <summary>The resource that a request means which says nothing but whom it was sent to: the only one of its host, or the one of the
    /// section itself.</summary>
    /// <returns><see langword="null"/> where there are several and nothing decides.</returns>
    public ProtectedResource? OnHost(HttpRequest request)
    {
        ProtectedResource[] here = [.. All.Where(resource => resource.Uri.Host == request.Host.Host)];
        return here.Length == 1 ? here[0]
            : All is [var only] ? only
            : Default;
    }

    /// <summary>Whether a route is mapped at the very path of a resource, as callers see it.</summary>
    public bool IsPath(PathString pathBase, string? pattern) => At((pathBase + new PathString('/' + pattern?.Trim('/'))).Value!).Any();

    /// <summary>The resource for which a request has to prove itself; <see langword="null"/> for every other request.</summary>
    public ProtectedResource? Guarding(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<McpOidcRequirement>() is not null ? Of(http) : At(http.Request);

    /// <summary>The one in the section itself.</summary>
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

    // Several of one path are on several hosts: which of them is meant, ForResource says.
    private ProtectedResource? Longest(string route, bool isWhole) =>
        All.Where(resource => resource.Covers(route, isWhole) is not null)
            .GroupBy(resource => resource.Covers(route, isWhole))
            .MaxBy(group => group.Key)
            ?.ToArray()
            is [var only]
            ? only
            : null;

    /// <summary>What is described in the settings, checked or not.</summary>
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

    /// <summary>What <c>ForResource</c> says of an endpoint.</summary>
    internal sealed record ResourceName(string Name);
}
