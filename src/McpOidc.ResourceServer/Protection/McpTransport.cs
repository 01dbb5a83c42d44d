using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using ModelContextProtocol.Protocol;

namespace McpOidc.Protection;

/// <summary>Finds the endpoints mapped by the MCP SDK's <c>MapMcp()</c>, by their metadata.</summary>
internal static class McpTransport
{
    public static bool Is(Endpoint endpoint) =>
        endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>().Any(answer => answer.Type == typeof(JsonRpcError));

    public static bool Takes(Endpoint endpoint, string method) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(method, StringComparer.OrdinalIgnoreCase) == true;
}
