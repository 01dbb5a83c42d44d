using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>The scopes of the tools, prompts and resources of this server, read once from <see cref="RequireScopesAttribute"/>.</summary>
internal sealed class PrimitiveScopes(IOptions<McpServerOptions> options)
{
    private readonly Lazy<(IMcpServerPrimitive Primitive, string[] Scopes)[]> _known = new(() =>
        [
            .. Primitives(options.Value)
                .Select(primitive => (Primitive: primitive, Scopes: Of(primitive)))
                .Where(known => known.Scopes.Length > 0),
        ]
    );

    /// <summary>Whether any of them requires a scope.</summary>
    public bool Any => _known.Value.Length > 0;

    public IEnumerable<string> All => _known.Value.SelectMany(known => known.Scopes).Distinct(StringComparer.Ordinal);

    /// <summary>The scopes of a call, by its method and the name or URI in it.</summary>
    public IEnumerable<string> Of(string method, string target) =>
        _known
            .Value.Where(known =>
                IsCalled(known.Primitive, method, target)
                || (method == RequestMethods.CompletionComplete && IsNamed(known.Primitive, target))
            )
            .SelectMany(known => known.Scopes);

    /// <summary>Whether requests of this method call a primitive, or ask about one.</summary>
    public static bool IsCall(string method) =>
        method
            is RequestMethods.ToolsCall
                or RequestMethods.PromptsGet
                or RequestMethods.ResourcesRead
                or RequestMethods.ResourcesSubscribe
                or RequestMethods.CompletionComplete;

    public static bool IsCalled(IMcpServerPrimitive primitive, string method, string target) =>
        (method, primitive) switch
        {
            (RequestMethods.ToolsCall, McpServerTool tool) => tool.ProtocolTool.Name == target,
            (RequestMethods.PromptsGet, McpServerPrompt prompt) => prompt.ProtocolPrompt.Name == target,
            (RequestMethods.ResourcesRead or RequestMethods.ResourcesSubscribe, McpServerResource resource) => resource.IsMatch(target),
            _ => false,
        };

    // What a completion names: it reveals values that a prompt or resource is about.
    private static bool IsNamed(IMcpServerPrimitive primitive, string target) =>
        primitive switch
        {
            McpServerPrompt prompt => prompt.ProtocolPrompt.Name == target,
            McpServerResource resource => resource.ProtocolResourceTemplate.UriTemplate == target,
            _ => false,
        };

    public static string[] Of(IMcpServerPrimitive? primitive) =>
        [
            .. (primitive?.Metadata ?? [])
                .OfType<RequireScopesAttribute>()
                .SelectMany(attribute => attribute.Scopes)
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>The display names of tools, prompts and resources, by scope.</summary>
    public Dictionary<string, string[]> Titles() =>
        _known
            .Value.SelectMany(known => known.Scopes.Select(scope => (Scope: scope, Title: TitleOf(known.Primitive))))
            .GroupBy(known => known.Scope, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => group.Select(known => known.Title).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray(),
                StringComparer.Ordinal
            );

    public static IEnumerable<IMcpServerPrimitive> Primitives(McpServerOptions options) =>
        [.. options.ToolCollection ?? [], .. options.PromptCollection ?? [], .. options.ResourceCollection ?? []];

    private static string TitleOf(IMcpServerPrimitive primitive) =>
        primitive switch
        {
            McpServerTool { ProtocolTool: var tool } => tool.Title ?? tool.Annotations?.Title ?? tool.Name,
            McpServerPrompt { ProtocolPrompt: var prompt } => prompt.Title ?? prompt.Name,
            McpServerResource { ProtocolResourceTemplate: var resource } => resource.Title ?? resource.Name,
            _ => primitive.Id,
        };
}
