using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop;

/// <summary>The official TypeScript MCP client.</summary>
public static class TypeScriptSdkClient
{
    /// <summary>Connects.</summary>
    /// <param name="resource">The MCP endpoint.</param>
    /// <param name="version">1 for <c>@modelcontextprotocol/sdk</c>, 2 for <c>@modelcontextprotocol/client</c>.</param>
    /// <param name="metadataDocument">Its Client ID Metadata Document; without one it registers.</param>
    /// <param name="browser">The user's browser; alice's by default.</param>
    public static Task<IJourneyClient> ConnectAsync(
        string resource,
        int version,
        string? metadataDocument = null,
        Browser? browser = null
    ) =>
        ScriptClient.ConnectAsync(
            "ts-sdk-client.mjs",
            resource,
            browser,
            [$"{version}", .. metadataDocument is null ? Array.Empty<string>() : [metadataDocument]]
        );
}
