using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>Clients that cannot run here, simulated by their requests.</summary>
public sealed class SimulatorTests(SimulatorTests.Modes modes) : IClassFixture<SimulatorTests.Modes>
{
    private static readonly Dictionary<string, SimulatedClient> s_clients = new()
    {
        ["Claude"] = new ClaudeClient(HasDocument: true),
        ["Claude, registered"] = new ClaudeClient(),
        ["Claude, at claude.com"] = new ClaudeClient("https://claude.com/api/mcp/auth_callback", Scope: " offline_access"),
        ["Claude Desktop"] = new ClaudeClient("claude://claude.ai/mcp-auth-callback/sdk"),
        ["ChatGPT"] = new ChatGptClient(),
        ["ChatGPT, a document for each connector"] = new ChatGptClient("kDmjx77UnKOM"),
        ["ChatGPT, registered"] = new ChatGptClient("OUbdUMlL15Ct", HasDocument: false),
        ["Cursor"] = new CursorClient("cursor://anysphere.cursor-mcp/oauth/callback"),
        ["Cursor, hosted"] = new CursorClient("https://www.cursor.com/agents/mcp/oauth/callback"),
        ["Cursor, loopback"] = new CursorClient("http://localhost:8787/callback"),
        ["VS Code"] = new VsCodeClient("http://127.0.0.1:33418/"),
        ["VS Code, port taken"] = new VsCodeClient("http://127.0.0.1:59656/"),
        ["VS Code, web"] = new VsCodeClient("https://vscode.dev/redirect"),
        ["Windsurf"] = new WindsurfClient(),
    };

    public static TheoryData<string, bool> Clients
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var client in s_clients.Keys)
            {
                data.Add(client, false);
                data.Add(client, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task The_client_signs_in_calls_refreshes_and_registers_again_after_it_was_forgotten(string client, bool standalone)
    {
        var tokens = await s_clients[client].RunAsync(await modes.InAsync(standalone));
        Assert.NotEmpty(tokens.AccessToken);
        Assert.NotEmpty(tokens.RefreshToken);
    }

    /// <summary>The system in both modes.</summary>
    public sealed class Modes : IAsyncLifetime
    {
        private readonly DocumentSystem?[] _systems = new DocumentSystem?[2];
        private readonly SemaphoreSlim _gate = new(1, 1);

        public async Task<DocumentSystem> InAsync(bool standalone)
        {
            await _gate.WaitAsync();
            try
            {
                return _systems[standalone ? 1 : 0] ??= await DocumentSystem.StartAsync(options => options.Standalone = standalone);
            }
            finally
            {
                _gate.Release();
            }
        }

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync()
        {
            foreach (var system in _systems.OfType<DocumentSystem>())
            {
                await system.DisposeAsync();
            }

            _gate.Dispose();
        }
    }
}
