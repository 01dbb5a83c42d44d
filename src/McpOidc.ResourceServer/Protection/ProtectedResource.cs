using McpOidc.Configuration;

namespace McpOidc.Protection;

/// <summary>A protected MCP endpoint, and what follows from its identifier.</summary>
/// <param name="scheme">Its authentication scheme, which is its name.</param>
/// <param name="options">Its settings, which have been checked.</param>
internal sealed class ProtectedResource(string scheme, ProtectedResourceOptions options)
{
    public string Scheme => scheme;

    public ProtectedResourceOptions Options => options;

    public Uri Uri { get; } = new(options.Resource);

    /// <summary>As audiences are compared with it.</summary>
    public string Canonical { get; } =
        CanonicalResource.From(options.Resource) ?? throw new InvalidOperationException($"'{options.Resource}' cannot be a resource.");

    /// <summary>Without a slash at its end; empty for the root.</summary>
    public string Path { get; } = new Uri(options.Resource).AbsolutePath.TrimEnd('/');

    /// <summary>The path as the application may see it: whole, or without the first parts, where a path base or a proxy takes these
    /// away.</summary>
    public IReadOnlyList<string> Tails { get; } = TailsOf(new Uri(options.Resource).AbsolutePath.TrimEnd('/'));

    public string Origin { get; } = new Uri(options.Resource).GetLeftPart(UriPartial.Authority);

    /// <summary>The URL that a challenge names.</summary>
    public string MetadataUrl { get; } = MetadataUrlOf(new Uri(options.Resource));

    public ScopeHierarchy Hierarchy { get; } = new(options.ScopeHierarchy);

    /// <summary>The well-known path comes before the resource's own (RFC 9728 §3.1).</summary>
    public static string MetadataUrlOf(Uri resource) =>
        resource.GetLeftPart(UriPartial.Authority)
        + EndpointPaths.ProtectedResourceMetadata
        + resource.AbsolutePath.TrimEnd('/')
        + resource.Query;

    /// <summary>How much of the path a route is at or below of; <see langword="null"/> where it is neither.</summary>
    /// <param name="route">The pattern of the route.</param>
    /// <param name="isWhole">Whether that has to be the whole path.</param>
    public int? Covers(string route, bool isWhole) =>
        (isWhole ? [Path] : Tails)
            .Where(tail =>
                route.StartsWith(tail, StringComparison.OrdinalIgnoreCase) && (route.Length == tail.Length || route[tail.Length] == '/')
            )
            .Select(tail => (int?)tail.Length)
            .Max();

    /// <summary>Whether a route leads to this resource itself.</summary>
    public bool IsAt(string? pattern) => Tails.Contains(('/' + pattern?.Trim('/')).TrimEnd('/'), StringComparer.OrdinalIgnoreCase);

    private static string[] TailsOf(string path) =>
        path.Length == 0 ? [path] : [.. Enumerable.Range(0, path.Length).Where(i => path[i] == '/').Select(i => path[i..])];
}
