using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Hosting;
using McpOidc.Keys;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>Protected resource metadata (RFC 9728) of each resource.</summary>
internal sealed class ProtectedResourceMetadata(ProtectedScopes scopes, ISigningKeySource authority)
{
    public IResult Serve(ProtectedResource resource, HttpResponse response)
    {
        var document = new JsonObject
        {
            ["resource"] = resource.Options.Resource,
            ["authorization_servers"] = new JsonArray(authority.Issuer),
            ["bearer_methods_supported"] = new JsonArray("header"),
            ["dpop_signing_alg_values_supported"] = new JsonArray([.. AsymmetricAlgorithms.All.Select(algorithm => (JsonNode)algorithm)]),
            // The minimal set (MCP 2026-07-28, Authorization): clients request everything listed here, and more by step-up.
            ["scopes_supported"] = new JsonArray([.. scopes.PublishedOf(resource).Select(scope => (JsonNode)scope)]),
        };
        if (resource.Options.Name is { Length: > 0 } name)
        {
            document["resource_name"] = name;
        }

        return PublicDocument.Serve(response, Encoding.UTF8.GetBytes(document.ToJsonString()));
    }
}
