using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.AuthServer;

/// <summary>What somebody sees who opens the address of this server in a browser, or gives it to an MCP client.</summary>
internal static class RootPage
{
    public static string Show(IOptions<McpOidcOptions> options) =>
        $"""
            This is an authorization server for MCP (McpOidc). Its metadata: {options.Value.Issuer}/.well-known/oauth-authorization-server
            Give your MCP client the URL of the MCP server: {string.Join(", ", options.Value.Resources.Select(resource => resource.Uri))}

            """;
}
