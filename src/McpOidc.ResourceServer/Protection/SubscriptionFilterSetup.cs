using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>
/// Tells a subscription (as from MCP 2026-07-28) from a call, by the message as the MCP SDK read it: the header <c>Mcp-Method</c> need not
/// be there when the revision is named in the message only.
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
