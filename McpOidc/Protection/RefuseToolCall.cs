using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>
/// Asks again at the tool itself. The HTTP answer was decided from the body as we read it; this is decided from the tool that the MCP SDK
/// found, also when it was added to a session later or the endpoint was mapped without <c>RequireMcpOidc</c>.
/// </summary>
internal sealed class RefuseToolCall(ScopeHierarchy hierarchy) : IConfigureOptions<McpServerOptions>
{
    public void Configure(McpServerOptions options) => options.Filters.Request.CallToolFilters.Add(next => (context, cancellationToken) =>
    {
        Demand(context);
        return next(context, cancellationToken);
    });

    private void Demand(RequestContext<CallToolRequestParams> context)
    {
        var needed = context.MatchedPrimitive is McpServerTool tool ? ToolScopes.Of(tool) : [];
        if (needed.Length > 0 && (context.User is not { Identity.IsAuthenticated: true } user || !needed.All(hierarchy.Expand(TokenScopes.Of(user)).Contains)))
        {
            throw new McpException($"This tool needs the scopes {string.Join(' ', needed)}.");
        }
    }
}
