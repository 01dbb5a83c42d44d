using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.AuthServer;

/// <summary>The page for users who open this server's URL in a browser, or enter it in an MCP client.</summary>
internal static class RootPage
{
    public static string Show(IOptions<McpOidcOptions> options) =>
        $"""
            This is an authorization server for MCP (McpOidc). Its metadata: {options.Value.Issuer}/.well-known/oauth-authorization-server
            Give your MCP client the URL of the MCP server: {string.Join(", ", options.Value.Resources.Select(resource => resource.Uri))}

            """;
}
