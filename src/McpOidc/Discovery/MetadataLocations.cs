using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Discovery;

/// <summary>
/// Additional URLs at which clients look for the authorization server's metadata. For an issuer with a path, RFC 8414 §3.1 puts the path
/// after the well-known part and OpenID Connect before it; clients try both. In integrated mode clients of 2025-03-26 use the path of the
/// MCP endpoint.
/// </summary>
internal sealed class MetadataLocations(Issuer issuer, IOptions<McpOidcOptions> options)
{
    private static readonly string[] s_documents = [EndpointPaths.AuthorizationServerMetadata, EndpointPaths.OpenIdConfiguration];

    /// <summary>Absolute paths on the issuer's origin.</summary>
    public IEnumerable<string> Paths =>
        new[] { issuer.Path }
            .Concat(PathsOfResources())
            .Where(path => path.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .SelectMany(path => s_documents.SelectMany(document => new[] { document + path, path + document }));

    private IEnumerable<string> PathsOfResources() =>
        options
            .Value.Resources.Where(resource => resource.Uri.StartsWith(issuer.Origin + "/", StringComparison.OrdinalIgnoreCase))
            .Select(resource => new Uri(resource.Uri).AbsolutePath.TrimEnd('/'));
}
