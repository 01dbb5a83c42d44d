using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop;

/// <summary>The official TypeScript MCP client in a process of its own, with a <see cref="Browser"/> for the person.</summary>
public sealed class TypeScriptSdkClient : IJourneyClient
{
    private readonly NodeProgram _program;
    private readonly Browser _browser = new();
    private readonly string _redirectUri;

    private TypeScriptSdkClient(string resource, int version, string? metadataDocument)
    {
        _redirectUri = $"http://localhost:{Loopback.FreePort()}/callback";
        _program = NodeProgram.Start(
            "ts-sdk-client.mjs",
            [resource, _redirectUri, $"{version}", .. metadataDocument is null ? Array.Empty<string>() : [metadataDocument]]
        );
    }

    public int SignIns { get; private set; }

    public string Diagnostics => _program.Errors.ToString();

    /// <summary>Connects.</summary>
    /// <param name="resource">The MCP endpoint.</param>
    /// <param name="version">1 for <c>@modelcontextprotocol/sdk</c>, 2 for <c>@modelcontextprotocol/client</c>.</param>
    /// <param name="metadataDocument">Its Client ID Metadata Document; without one it registers.</param>
    public static async Task<IJourneyClient> ConnectAsync(string resource, int version, string? metadataDocument = null)
    {
        var client = new TypeScriptSdkClient(resource, version, metadataDocument);
        try
        {
            Assert.True((bool)(await client.ReadAsync())["connected"]!, client.Diagnostics);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public async Task<string> CallAsync(string tool)
    {
        await _program.WriteAsync(new JsonObject { ["call"] = tool });
        return (string)(await ReadAsync())["text"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _browser.Dispose();
    }

    /// <summary>The next answer of the program, once the person did what it asks for.</summary>
    private async Task<JsonObject> ReadAsync()
    {
        var answer = await _program.ReadAsync();
        while ((string?)answer["open"] is { } url)
        {
            SignIns++;
            var result = await _browser.OpenAsync(url, uri => uri.AbsoluteUri.StartsWith(_redirectUri, StringComparison.Ordinal));
            await _program.WriteAsync(new JsonObject { ["redirected"] = result.Uri.AbsoluteUri });
            answer = await _program.ReadAsync();
        }

        return answer;
    }
}
