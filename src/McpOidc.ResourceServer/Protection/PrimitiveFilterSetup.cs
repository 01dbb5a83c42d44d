using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>
/// Checks scopes again at the tool, prompt or resource itself. The HTTP response was decided from our reading of the body; this check uses
/// what the MCP SDK found, even if it was added to an MCP session later or the endpoint was mapped without <c>RequireMcpOidc</c>. With
/// <c>ListAllowedOnly</c>, lists omit what would be rejected.
/// </summary>
internal sealed class PrimitiveFilterSetup(ProtectedResources resources, IHttpContextAccessor current) : IConfigureOptions<McpServerOptions>
{
    public void Configure(McpServerOptions options)
    {
        var filters = options.Filters.Request;
        filters.CallToolFilters.Add(Demand<CallToolRequestParams, CallToolResult>);
        filters.GetPromptFilters.Add(Demand<GetPromptRequestParams, GetPromptResult>);
        filters.ReadResourceFilters.Add(Demand<ReadResourceRequestParams, ReadResourceResult>);
        filters.CompleteFilters.Add(next =>
            (context, cancellationToken) =>
                next(Demand(context, FindCompleted(context.Server.ServerOptions, context.Params?.Ref)), cancellationToken)
        );
        if (!resources.All.Any(resource => resource.Options.ListAllowedOnly))
        {
            return;
        }

        filters.ListToolsFilters.Add(
            Shorten<ListToolsRequestParams, ListToolsResult>(
                (server, result, isAllowed) =>
                    result.Tools = [.. result.Tools.Where(tool => isAllowed(Find(server.ToolCollection, tool.Name)))]
            )
        );
        filters.ListPromptsFilters.Add(
            Shorten<ListPromptsRequestParams, ListPromptsResult>(
                (server, result, isAllowed) =>
                    result.Prompts = [.. result.Prompts.Where(prompt => isAllowed(Find(server.PromptCollection, prompt.Name)))]
            )
        );
        filters.ListResourcesFilters.Add(
            Shorten<ListResourcesRequestParams, ListResourcesResult>(
                (server, result, isAllowed) =>
                    result.Resources = [.. result.Resources.Where(resource => isAllowed(Find(server.ResourceCollection, resource.Uri)))]
            )
        );
        filters.ListResourceTemplatesFilters.Add(
            Shorten<ListResourceTemplatesRequestParams, ListResourceTemplatesResult>(
                (server, result, isAllowed) =>
                    result.ResourceTemplates = [
                        .. result.ResourceTemplates.Where(resource => isAllowed(Find(server.ResourceCollection, resource.UriTemplate))),
                    ]
            )
        );
    }

    private McpRequestHandler<TParams, TResult> Demand<TParams, TResult>(McpRequestHandler<TParams, TResult> next) =>
        (context, cancellationToken) => next(Demand(context, context.MatchedPrimitive), cancellationToken);

    private RequestContext<TParams> Demand<TParams>(RequestContext<TParams> context, IMcpServerPrimitive? primitive) =>
        MayUse(context.User, primitive)
            ? context
            : throw new McpException($"Required scopes: {string.Join(' ', PrimitiveScopes.Of(primitive))}.");

    private static IMcpServerPrimitive? FindCompleted(McpServerOptions server, Reference? completed) =>
        completed switch
        {
            PromptReference prompt => Find(server.PromptCollection, prompt.Name),
            ResourceTemplateReference { Uri: { } uri } => Find(server.ResourceCollection, uri),
            _ => null,
        };

    private McpRequestFilter<TParams, TResult> Shorten<TParams, TResult>(
        Action<McpServerOptions, TResult, Func<IMcpServerPrimitive?, bool>> shorten
    ) =>
        next =>
            async (context, cancellationToken) =>
            {
                var result = await next(context, cancellationToken);
                if (Resource is { Options.ListAllowedOnly: true })
                {
                    shorten(context.Server.ServerOptions, result, primitive => MayUse(context.User, primitive));
                }

                return result;
            };

    private ProtectedResource? Resource => current.HttpContext is { } http ? resources.Of(http) : null;

    private bool MayUse(ClaimsPrincipal? user, IMcpServerPrimitive? primitive)
    {
        var needed = PrimitiveScopes.Of(primitive);
        if (needed.Length == 0)
        {
            return true;
        }

        var held = user is { Identity.IsAuthenticated: true } ? TokenScopes.Of(user) : [];
        return needed.All((Resource?.Hierarchy.Expand(held) ?? [.. held]).Contains);
    }

    private static TPrimitive? Find<TPrimitive>(McpServerPrimitiveCollection<TPrimitive>? known, string id)
        where TPrimitive : class, IMcpServerPrimitive =>
        known is not null && known.TryGetPrimitive(id, out var primitive) ? primitive : null;
}
