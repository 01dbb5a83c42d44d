using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>
/// Accepts <c>initialize</c> with any version (MCP 2025-11-25, Lifecycle, Version Negotiation: a server that does not support it MUST
/// respond with another that it supports). The MCP SDK rejects its newer revisions, which have no <c>initialize</c>, although rmcp
/// requests them by default. Clients of these revisions use <c>server/discover</c>, which is unchanged.
/// </summary>
internal sealed class InitializeFilterSetup : IConfigureOptions<McpServerOptions>
{
    /// <summary>The last revision that has <c>initialize</c>. Revisions are dates.</summary>
    private const string Last = "2025-11-25";

    private const string Version = "protocolVersion";

    public void Configure(McpServerOptions options) =>
        options.Filters.Message.IncomingFilters.Add(next =>
            (context, cancellationToken) =>
            {
                if (
                    context.JsonRpcMessage is JsonRpcRequest { Method: RequestMethods.Initialize, Params: JsonObject asked }
                    && asked[Version] is JsonValue version
                    && version.TryGetValue(out string? named)
                    && string.CompareOrdinal(named, Last) > 0
                )
                {
                    asked[Version] = Last;
                }

                return next(context, cancellationToken);
            }
        );
}
