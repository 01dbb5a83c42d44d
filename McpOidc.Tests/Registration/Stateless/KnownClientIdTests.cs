using McpOidc.Registration;
using Xunit.Abstractions;

namespace McpOidc.Tests.Registration.Stateless;

/// <summary>How long the ids of popular clients are: people keep them in columns of 255 characters.</summary>
public sealed class KnownClientIdTests(ITestOutputHelper output)
{
    private const string Key = "a-registration-key-of-at-least-thirty-two-characters";

    private static readonly (string Client, ClientMetadata Metadata)[] s_clients =
    [
        ("Claude Code", Of("Claude Code (example)", null, "http://localhost:43817/callback")),
        ("Claude.ai", Secret("Claude", "client_secret_post", "https://claude.ai/api/mcp/auth_callback")),
        ("Claude Desktop", Of("Claude", null, "https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback")),
        ("ChatGPT", Of("ChatGPT", null, "https://chatgpt.com/connector/oauth/OUbdUMlL15Ct")),
        ("ChatGPT, older", Of("ChatGPT", null, "https://chatgpt.com/connector_platform_oauth_redirect")),
        (
            "Cursor",
            Of(
                "Cursor",
                null,
                "cursor://anysphere.cursor-mcp/oauth/callback",
                "https://www.cursor.com/agents/mcp/oauth/callback",
                "http://localhost:8787/callback"
            )
        ),
        ("Cursor, older", Of("Cursor", null, "cursor://anysphere.cursor-retrieval/oauth/user-example/callback")),
        (
            "VS Code",
            Of(
                "Visual Studio Code",
                "https://code.visualstudio.com",
                "https://insiders.vscode.dev/redirect",
                "https://vscode.dev/redirect",
                "http://127.0.0.1/",
                "http://127.0.0.1:33418/"
            )
        ),
        (
            "VS Code, both loopbacks",
            Of(
                "Visual Studio Code - Insiders",
                "https://code.visualstudio.com",
                "https://insiders.vscode.dev/redirect",
                "https://vscode.dev/redirect",
                "http://localhost/",
                "http://127.0.0.1/",
                "http://localhost:33418/",
                "http://127.0.0.1:33418/"
            )
        ),
        ("Windsurf", Of("Windsurf", null, "http://127.0.0.1:51234/oauth/callback")),
        ("Codex", Of("Codex", null, "http://127.0.0.1:1455/callback")),
        ("MCP Inspector", Of("MCP Inspector", "https://github.com/modelcontextprotocol/inspector", "http://localhost:6274/oauth/callback")),
        (
            "MCP Inspector, debugging",
            Of("MCP Inspector", "https://github.com/modelcontextprotocol/inspector", "http://localhost:6274/oauth/callback/debug")
        ),
        (
            "mcp-remote",
            Of("MCP CLI Proxy", "https://github.com/modelcontextprotocol/mcp-cli", "http://localhost:3334/oauth/callback") with
            {
                SoftwareId = "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
                SoftwareVersion = "0.1.38",
            }
        ),
        ("Gemini CLI", Of("Gemini CLI MCP Client", null, "http://localhost:7777/oauth/callback")),
        ("OpenCode", Of("OpenCode", "https://opencode.ai", "http://127.0.0.1:19876/mcp/oauth/callback")),
        ("mcporter", Of("mcporter (example)", null, "http://127.0.0.1:52811/callback")),
        ("TypeScript SDK", Secret("Simple OAuth MCP Client", "client_secret_post", "http://localhost:8090/callback")),
        ("C# SDK", Secret("ProtectedMcpClient", "client_secret_post", "http://localhost:1179/callback")),
        ("Python SDK 1", Secret("py 1.30.0", "client_secret_basic", "http://127.0.0.1:41235/callback")),
        ("Python SDK 2", Of("py 2.3.0", null, "http://127.0.0.1:41235/callback")),
        ("FastMCP", Of("FastMCP Client", null, "http://localhost:41235/callback")),
        ("go-sdk", Secret("go-sdk", "client_secret_post", "http://127.0.0.1:41235/callback")),
        ("mcp-go", Of("mcp-go", null, "http://127.0.0.1:41235/oauth/callback")),
        ("rmcp", Of("rmcp", null, "http://127.0.0.1:41235/callback")),
    ];

    [Fact]
    public void The_ids_of_all_known_clients_have_at_most_255_characters()
    {
        foreach (var (client, metadata) in s_clients)
        {
            var made = StatelessClientIdTests.Ids(Key).Create(metadata);
            output.WriteLine($"{client, -26}{made?.Client.ClientId.Length} {made?.Client.ClientId}");
        }

        Assert.True(s_clients.Length >= 25);
        Assert.All(s_clients, known => Assert.NotNull(StatelessClientIdTests.Ids(Key).Create(known.Metadata)));
    }

    private static ClientMetadata Of(string name, string? home, params string[] redirectUris) =>
        StatelessClientIdTests.Client(redirectUris) with
        {
            ClientName = name,
            ClientUri = home,
        };

    private static ClientMetadata Secret(string name, string method, params string[] redirectUris) =>
        Of(name, null, redirectUris) with
        {
            TokenEndpointAuthMethod = method,
        };
}
