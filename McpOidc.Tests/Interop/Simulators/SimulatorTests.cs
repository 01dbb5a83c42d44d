using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>Clients that cannot be run here, by what they send.</summary>
public sealed class SimulatorTests(SimulatorTests.Modes modes) : IClassFixture<SimulatorTests.Modes>
{
    private static readonly Dictionary<string, SimulatedClient> s_clients = new()
    {
        ["Claude"] = new ClaudeClient(),
        ["ChatGPT"] = new ChatGptClient("https://chatgpt.com/connector/oauth/OUbdUMlL15Ct"),
        ["ChatGPT, older"] = new ChatGptClient("https://chatgpt.com/connector_platform_oauth_redirect"),
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
    public async Task It_signs_in_calls_refreshes_and_registers_again_when_it_was_forgotten(string client, bool standalone)
    {
        var tokens = await s_clients[client].RunAsync(await modes.InAsync(standalone));
        Assert.NotEmpty(tokens.AccessToken);
        Assert.NotEmpty(tokens.RefreshToken);
    }

    /// <summary>The system in both modes.</summary>
    public sealed class Modes : IAsyncLifetime
    {
        private readonly TestSystem?[] _systems = new TestSystem?[2];
        private readonly SemaphoreSlim _gate = new(1, 1);

        public async Task<TestSystem> InAsync(bool standalone)
        {
            await _gate.WaitAsync();
            try
            {
                return _systems[standalone ? 1 : 0] ??= await TestSystem.StartAsync(options => options.Standalone = standalone);
            }
            finally
            {
                _gate.Release();
            }
        }

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync()
        {
            foreach (var system in _systems.OfType<TestSystem>())
            {
                await system.DisposeAsync();
            }

            _gate.Dispose();
        }
    }
}
