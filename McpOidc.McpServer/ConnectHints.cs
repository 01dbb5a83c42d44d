using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.McpServer;

/// <summary>How to add this server to common clients.</summary>
internal static class ConnectHints
{
    public static string McpUrl(IServiceProvider services) => services.GetRequiredService<IOptions<ResourceServerOptions>>().Value.Resource;

    public static IEnumerable<(string Client, string Line)> For(string url) =>
        [
            ("Claude Code", $"claude mcp add --transport http mcpoidc {url}"),
            ("VS Code", $$"""code --add-mcp '{"name":"mcpoidc","type":"http","url":"{{url}}"}'"""),
            ("Cursor, in ~/.cursor/mcp.json", $$"""{ "mcpServers": { "mcpoidc": { "url": "{{url}}" } } }"""),
        ];
}
