using System.Text.Json.Nodes;
using McpOidc.Tests.Conformance;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop;

/// <summary>The MCP Inspector, Codex and mcporter complete a sign-in as commands.</summary>
public sealed class CommandLineClientTests
{
    private const string Inspector = "@modelcontextprotocol/inspector/clients/launcher/build/index.js";
    private const string Codex = "@openai/codex/bin/codex.js";
    private const string Mcporter = "mcporter/dist/cli.js";

    [ConformanceTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_Inspector_lists_the_tools_and_calls_one(bool standalone)
    {
        await using var system = await TestSystem.StartAsync(options => options.Standalone = standalone);
        await using var bell = new BrowserBell();
        var (code, output) = await CommandLineClient.RunAsync(
            bell,
            Inspector,
            "--cli",
            system.Resource,
            "--transport",
            "http",
            "--method",
            "tools/call",
            "--tool-name",
            "whoami"
        );
        Assert.True(code == 0, $"{output} {bell.Failure}");
        Assert.Contains("\"text\"", output, StringComparison.Ordinal);
        Assert.Equal(1, bell.Rings);
    }

    [ConformanceFact]
    public async Task Codex_signs_in_by_registration_when_metadata_documents_are_turned_off()
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Set("McpOidc:Registration:ClientIdMetadataDocuments:Enabled", "false")
        );
        await SignInAsync(system);
    }

    // Codex's real address. The document published there was not seen; the fixture contains the redirect URIs that Codex uses.
    [ConformanceFact]
    public async Task Codex_signs_in_with_its_metadata_document()
    {
        const string Address = "https://chatgpt.com/oauth/codex/client.json";
        await using var documents = await DocumentSystem.StartAsync();
        documents.Publish(
            Address,
            document => document["redirect_uris"] = new JsonArray("http://127.0.0.1/callback", "http://localhost/callback")
        );
        await SignInAsync(documents.System);
        Assert.NotEmpty(documents.Host.RequestsFor(Address));
    }

    // mcporter discards its registration and stops refreshing if its port changes, so this test fixes the port.
    [ConformanceTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mcporter_signs_in_calls_a_tool_and_refreshes(bool standalone)
    {
        await using var system = await TestSystem.StartAsync(options => options.Standalone = standalone);
        await using var bell = new BrowserBell();
        var config = Path.Combine(bell.Environment["HOME"]!, "mcporter.json");
        var server = new JsonObject
        {
            ["url"] = system.Resource,
            ["auth"] = "oauth",
            ["oauthRedirectUrl"] = $"http://127.0.0.1:{Loopback.FreePort()}/callback",
        };
        await File.WriteAllTextAsync(config, new JsonObject { ["mcpServers"] = new JsonObject { ["example"] = server } }.ToJsonString());
        await CallAsync();
        system.Clock.Advance(TimeSpan.FromMinutes(20));
        await CallAsync();
        Assert.Equal(1, bell.Rings);

        async Task CallAsync()
        {
            var (code, output) = await CommandLineClient.RunAsync(bell, Mcporter, "--config", config, "call", "example.whoami");
            Assert.True(code == 0, $"{output} {bell.Failure}");
            Assert.DoesNotContain("nobody", output, StringComparison.Ordinal);
        }
    }

    private static async Task SignInAsync(TestSystem system)
    {
        await using var bell = new BrowserBell();
        var (code, output) = await CommandLineClient.RunAsync(bell, Codex, "mcp", "add", "test", "--url", system.Resource);
        Assert.True(code == 0, $"{output} {bell.Failure}");
        Assert.Equal(1, bell.Rings);
        var (_, listed) = await CommandLineClient.RunAsync(bell, Codex, "mcp", "list");
        Assert.Contains("OAuth", listed, StringComparison.OrdinalIgnoreCase);
    }
}
