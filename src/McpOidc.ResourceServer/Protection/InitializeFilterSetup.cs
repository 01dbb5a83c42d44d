using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>
/// Lets <c>initialize</c> ask for any version (MCP 2025-11-25, Lifecycle, Version Negotiation: a server that does not support it MUST
/// answer with another that it supports). The MCP SDK refuses those of its newer revisions, which have no <c>initialize</c>, and rmcp asks
/// for them by default. Whoever speaks these revisions asks by <c>server/discover</c>, which stays as it is.
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
