using McpOidc.Configuration;

namespace McpOidc.Protection;

/// <summary>A protected MCP endpoint and the values derived from its identifier.</summary>
/// <param name="scheme">Its authentication scheme, which is also its name.</param>
/// <param name="options">Its validated settings.</param>
internal sealed class ProtectedResource(string scheme, ProtectedResourceOptions options)
{
    public string Scheme => scheme;

    public ProtectedResourceOptions Options => options;

    public Uri Uri { get; } = new(options.Resource);

    /// <summary>The canonical form, for comparison with audiences.</summary>
    public string Canonical { get; } =
        CanonicalResource.From(options.Resource)
        ?? throw new InvalidOperationException($"'{options.Resource}' is not a valid resource identifier.");

    /// <summary>Without a trailing slash; empty for the root.</summary>
    public string Path { get; } = new Uri(options.Resource).AbsolutePath.TrimEnd('/');

    /// <summary>The path as the application may see it: complete, or without the leading segments that a path base or proxy
    /// removes.</summary>
    public IReadOnlyList<string> Tails { get; } = TailsOf(new Uri(options.Resource).AbsolutePath.TrimEnd('/'));

    public string Origin { get; } = new Uri(options.Resource).GetLeftPart(UriPartial.Authority);

    /// <summary>The metadata URL in a challenge.</summary>
    public string MetadataUrl { get; } = MetadataUrlOf(new Uri(options.Resource));

    public ScopeHierarchy Hierarchy { get; } = new(options.ScopeHierarchy);

    /// <summary>The well-known path precedes the resource's own (RFC 9728 §3.1).</summary>
    public static string MetadataUrlOf(Uri resource) =>
        resource.GetLeftPart(UriPartial.Authority)
        + EndpointPaths.ProtectedResourceMetadata
        + resource.AbsolutePath.TrimEnd('/')
        + resource.Query;

    /// <summary>The length of the path at or below which a route is mapped; <see langword="null"/> if it is neither.</summary>
    /// <param name="route">The pattern of the route.</param>
    /// <param name="isWhole">Whether the whole path must match.</param>
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
