using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop;

/// <summary>A JavaScript client in a separate process, with a <see cref="Browser"/> in place of the user.</summary>
public sealed class ScriptClient : IJourneyClient
{
    private readonly NodeProgram _program;
    private readonly Browser _browser;
    private readonly string _redirectUri;

    private ScriptClient(string script, string resource, Browser? browser, string[] arguments)
    {
        _browser = browser ?? new Browser();
        _redirectUri = $"http://localhost:{Loopback.FreePort()}/callback";
        _program = NodeProgram.Start(script, [resource, _redirectUri, .. arguments]);
    }

    public int SignIns { get; private set; }

    public string Diagnostics => _program.Errors.ToString();

    /// <summary>Connects.</summary>
    /// <param name="script">A script in this folder.</param>
    /// <param name="resource">The MCP endpoint.</param>
    /// <param name="arguments">The script's arguments after the endpoint and the redirect URI.</param>
    public static Task<IJourneyClient> ConnectAsync(string script, string resource, params string[] arguments) =>
        ConnectAsync(script, resource, browser: null, arguments);

    /// <summary>Connects with the given browser.</summary>
    public static async Task<IJourneyClient> ConnectAsync(string script, string resource, Browser? browser, string[] arguments)
    {
        var client = new ScriptClient(script, resource, browser, arguments);
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
        var answer = await ReadAsync();
        return (string?)answer["text"] ?? throw new InvalidOperationException((string?)answer["error"]);
    }

    public async Task<string> ListAsync(string kind)
    {
        await _program.WriteAsync(new JsonObject { ["list"] = kind });
        return (string)(await ReadAsync())["text"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _browser.Dispose();
    }

    /// <summary>Reads the program's next answer, after the browser has done what it asks for.</summary>
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
