using System.Text.Json.Nodes;
using McpOidc.Tests.Conformance;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Registration;

namespace McpOidc.Tests.Interop;

/// <summary>Published clients with a metadata document, at a server without internet access.</summary>
public sealed class NoInternetTests
{
    internal const string ClaudeCode = "@anthropic-ai/claude-code/cli-wrapper.cjs";
    private const string Codex = "@openai/codex/bin/codex.js";

    /// <summary>At first the server metadata offers client metadata documents, and the shipped copies are used; after a probe, clients
    /// register instead.</summary>
    public static TheoryData<bool> AtTheDefaults => [true, false];

    [ConformanceTheory]
    [MemberData(nameof(AtTheDefaults))]
    public async Task Claude_Code_signs_in_without_the_internet(bool isOffered)
    {
        await using var documents = await StartAsync(isOffered);
        await using var bell = new BrowserBell();
        var added = await CommandLineClient.RunAsync(bell, ClaudeCode, "mcp", "add", "-t", "http", "test", documents.System.Resource);
        Assert.True(added.Code == 0, added.Output);
        var (code, output) = await CommandLineClient.RunInTerminalAsync(bell, ClaudeCode, "mcp", "login", "test");
        Assert.True(code == 0, $"{output} {bell.Failure}");
        Assert.Equal(1, bell.Rings);
        var (_, listed) = await CommandLineClient.RunAsync(bell, ClaudeCode, "mcp", "list");
        Assert.Contains("Connected", listed, StringComparison.Ordinal);
        AssertKnownBy(documents, isOffered, "claude.ai/oauth/claude-code-client-metadata");
    }

    [ConformanceTheory]
    [MemberData(nameof(AtTheDefaults))]
    public async Task Codex_signs_in_without_the_internet(bool isOffered)
    {
        await using var documents = await StartAsync(isOffered);
        await using var bell = new BrowserBell();
        var (code, output) = await CommandLineClient.RunAsync(bell, Codex, "mcp", "add", "test", "--url", documents.System.Resource);
        Assert.True(code == 0, $"{output} {bell.Failure}");
        Assert.Equal(1, bell.Rings);
        var (_, listed) = await CommandLineClient.RunAsync(bell, Codex, "mcp", "list");
        Assert.Contains("OAuth", listed, StringComparison.OrdinalIgnoreCase);
        AssertKnownBy(documents, isOffered, "chatgpt.com/oauth/codex/client.json");
    }

    private static void AssertKnownBy(DocumentSystem documents, bool isOffered, string document)
    {
        var lines = documents.System.Server.Logs.Lines;
        Assert.Equal(
            isOffered,
            lines.Any(line => line.Contains($"client.document_shipped: client https://{document}", StringComparison.Ordinal))
        );
        Assert.Equal(!isOffered, lines.Any(line => line.Contains("client.registered: ", StringComparison.Ordinal)));
    }

    private static async Task<DocumentSystem> StartAsync(bool isOffered)
    {
        var documents = await DocumentSystem.StartAsync(
            (options, _) => options.Set(ShippedDocumentTests.Setting("ProbeInterval"), isOffered ? "00:00:00" : "00:10:00"),
            isCutOff: true
        );
        using var http = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (isOffered != await IsOfferedAsync())
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }

        return documents;

        async Task<bool> IsOfferedAsync() =>
            JsonNode.Parse(await http.GetStringAsync(documents.System.Issuer + "/.well-known/oauth-authorization-server", limit.Token))![
                "client_id_metadata_document_supported"
            ]
                is not null;
    }
}
