using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>Protected resource metadata (RFC 9728): at the root, and with the path of the resource inserted behind it.</summary>
internal sealed class ProtectedResourceMetadata(IOptions<ProtectionOptions> options, ProtectedScopes scopes, ISigningKeySource authority)
{
    /// <summary>The URL that a challenge names: the well-known path comes before the resource's own (RFC 9728 §3.1).</summary>
    public static string UrlOf(string resource)
    {
        var uri = new Uri(resource);
        return uri.GetLeftPart(UriPartial.Authority) + EndpointPaths.ProtectedResourceMetadata + PathOf(uri) + uri.Query;
    }

    public static string PathOf(Uri resource) => resource.AbsolutePath.TrimEnd('/');

    public IResult Serve(HttpResponse response)
    {
        response.Headers.CacheControl = "public, max-age=300";
        var document = new JsonObject
        {
            ["resource"] = options.Value.Resource,
            ["authorization_servers"] = new JsonArray(authority.Issuer),
            ["bearer_methods_supported"] = new JsonArray("header"),
            ["dpop_signing_alg_values_supported"] = new JsonArray([.. AsymmetricAlgorithms.All.Select(algorithm => (JsonNode)algorithm)]),
            ["scopes_supported"] = new JsonArray([.. scopes.All.Select(scope => (JsonNode)scope)]),
        };
        if (options.Value.Name is { Length: > 0 } name)
        {
            document["resource_name"] = name;
        }

        return Results.Text(document.ToJsonString(), "application/json");
    }
}
