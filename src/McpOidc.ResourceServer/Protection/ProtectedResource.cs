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

    /// <summary>Whether a path, of a request or of a route, is this one's or below it.</summary>
    public bool Covers(string path) =>
        path.StartsWith(Path, StringComparison.OrdinalIgnoreCase) && (path.Length == Path.Length || path[Path.Length] == '/');
}
