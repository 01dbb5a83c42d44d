using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>Which tools of this server need which scopes, read from <see cref="RequireScopesAttribute"/> once.</summary>
internal sealed class ToolScopes(IOptions<McpServerOptions> options)
{
    private readonly Lazy<FrozenDictionary<string, string[]>> _byTool = new(() => Tools(options)
        .Select(tool => (tool.ProtocolTool.Name, Scopes: Of(tool)))
        .Where(tool => tool.Scopes.Length > 0)
        .ToFrozenDictionary(tool => tool.Name, tool => tool.Scopes, StringComparer.Ordinal));

    /// <summary>Whether any tool needs any.</summary>
    public bool Any => _byTool.Value.Count > 0;

    public IEnumerable<string> All => _byTool.Value.Values.SelectMany(scopes => scopes).Distinct(StringComparer.Ordinal);

    /// <summary>What a call of these tools needs together.</summary>
    public string[] Of(IEnumerable<string> tools)
        => [.. tools.SelectMany(tool => _byTool.Value.GetValueOrDefault(tool) ?? []).Distinct(StringComparer.Ordinal)];

    public static string[] Of(McpServerTool tool)
        => [.. tool.Metadata.OfType<RequireScopesAttribute>().SelectMany(attribute => attribute.Scopes).Distinct(StringComparer.Ordinal)];

    /// <summary>The names of tools as people read them, by scope.</summary>
    public Dictionary<string, string[]> Titles() => Tools(options)
        .SelectMany(tool => Of(tool).Select(scope => (Scope: scope, Title: TitleOf(tool))))
        .GroupBy(tool => tool.Scope, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Select(tool => tool.Title).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray(), StringComparer.Ordinal);

    private static IEnumerable<McpServerTool> Tools(IOptions<McpServerOptions> options) => options.Value.ToolCollection ?? Enumerable.Empty<McpServerTool>();

    private static string TitleOf(McpServerTool tool)
        => tool.ProtocolTool.Title ?? tool.ProtocolTool.Annotations?.Title ?? tool.ProtocolTool.Name;
}
