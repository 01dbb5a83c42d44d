using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>
/// Distinguishes a subscription (from MCP 2026-07-28) from a call, by the message that the MCP SDK parsed: the header <c>Mcp-Method</c>
/// may be absent if only the message names the revision.
/// </summary>
internal sealed class SubscriptionFilterSetup(IHttpContextAccessor current) : IConfigureOptions<McpServerOptions>
{
    public void Configure(McpServerOptions options) =>
        options.Filters.Message.IncomingFilters.Add(next =>
            (context, cancellationToken) =>
            {
                if (
                    context.JsonRpcMessage is JsonRpcRequest { Method: RequestMethods.SubscriptionsListen }
                    && current.HttpContext?.Features.Get<OpenStream>() is { } stream
                )
                {
                    stream.WaitsForNews = true;
                }

                return next(context, cancellationToken);
            }
        );
}
