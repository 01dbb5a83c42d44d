using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using ModelContextProtocol.Protocol;

namespace McpOidc.Protection;

/// <summary>The endpoints that <c>MapMcp()</c> of the MCP SDK maps, told by what they say of themselves.</summary>
internal static class McpTransport
{
    public static bool Is(Endpoint endpoint) =>
        endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>().Any(answer => answer.Type == typeof(JsonRpcError));

    public static bool Takes(Endpoint endpoint, string method) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(method, StringComparer.OrdinalIgnoreCase) == true;
}
