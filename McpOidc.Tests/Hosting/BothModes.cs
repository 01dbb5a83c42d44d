namespace McpOidc.Tests.Hosting;

/// <summary>The system in both modes, each with a client that has signed in. Each is started by the first test that needs it.</summary>
public class BothModes : IAsyncLifetime
{
    private readonly Lazy<Task<SignedInSystem>> _integrated;
    private readonly Lazy<Task<SignedInSystem>> _standalone;

    public BothModes()
    {
        _integrated = new(() => SignedInSystem.StartAsync(options => Configure(options, standalone: false)));
        _standalone = new(() => SignedInSystem.StartAsync(options => Configure(options, standalone: true)));
    }

    public Task<SignedInSystem> InAsync(bool standalone) => standalone ? _standalone.Value : _integrated.Value;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var system in new[] { _integrated, _standalone })
        {
            if (system is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            {
                await (await system.Value).DisposeAsync();
            }
        }
    }

    protected virtual void Configure(TestSystemOptions options, bool standalone) => options.Standalone = standalone;
}

/// <summary>A running system and a client in it that has tokens.</summary>
public sealed class SignedInSystem : IAsyncDisposable
{
    private SignedInSystem(TestSystem system, OAuthClient client, Browser browser, TokenAnswer tokens) =>
        (System, Client, Browser, Tokens) = (system, client, browser, tokens);

    public TestSystem System { get; }

    public OAuthClient Client { get; }

    public Browser Browser { get; }

    public TokenAnswer Tokens { get; }

    /// <summary>A protected endpoint that requires no scope.</summary>
    public string Echo => System.McpOrigin + "/echo";

    public static async Task<SignedInSystem> StartAsync(Action<TestSystemOptions>? configure = null, TestStore? store = null)
    {
        var system = await TestSystem.StartAsync(configure, store);
        var client = system.CreateClient();
        var browser = new Browser();
        return new SignedInSystem(system, client, browser, await client.SignInAsync(browser));
    }

    /// <summary>Another installation of a client, signed in as the same person.</summary>
    public async Task<(OAuthClient Client, TokenAnswer Tokens)> SignInAgainAsync()
    {
        var client = System.CreateClient();
        return (client, await client.SignInAsync(Browser));
    }

    /// <summary>Calls the endpoint with a bearer token and returns the status.</summary>
    public async Task<int> StatusAsync(string? token, string? url = null)
    {
        using var response = await Client.CallAsync(url ?? Echo, token);
        return (int)response.StatusCode;
    }

    /// <summary>Sends an empty request to the MCP endpoint and returns the status.</summary>
    public async Task<int> StatusOfAsync(HttpMethod method, string? token)
    {
        using var response = await Client.CallAsync(System.Resource, token, method);
        return (int)response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Browser.Dispose();
        await System.DisposeAsync();
    }
}
