using McpOidc.DevIdp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace McpOidc.Tests.Hosting;

/// <summary>The whole system: demo identity provider, authorization server, protected MCP server; integrated or standalone, with either
/// store.</summary>
public sealed class TestSystem : IAsyncDisposable
{
    private readonly List<TestSite> _sites = [];
    private TestStore _store;
    private readonly bool _ownsStore;
    private readonly TestSystemOptions _options;
    private readonly int _serverPort;
    private readonly int _mcpPort;

    private TestSystem(DevIdpInstance? idp, TestStore? store, TestSystemOptions options)
    {
        Idp = idp;
        _ownsStore = store is null;
        _store = store ?? TestStore.Sqlite();
        _options = options;
        _serverPort = options.ServerPort;
        _mcpPort = options.Standalone ? options.McpPort : _serverPort;
    }

    /// <summary>The clock that every part uses.</summary>
    public AdjustableClock Clock => _options.Clock;

    /// <summary>The demo identity provider, unless the test supplies another.</summary>
    public DevIdpInstance? Idp { get; }

    /// <summary>The issuer of the authorization server.</summary>
    public string Issuer => $"http://localhost:{_serverPort}";

    /// <summary>The protected resource.</summary>
    public string Resource => $"http://localhost:{_mcpPort}/mcp";

    public string McpOrigin => $"http://localhost:{_mcpPort}";

    /// <summary>All running applications.</summary>
    public IReadOnlyList<TestSite> Sites => _sites;

    public TestSite Server { get; private set; } = null!;

    public TestSite Mcp { get; private set; } = null!;

    public static async Task<TestSystem> StartAsync(Action<TestSystemOptions>? configure = null, TestStore? store = null)
    {
        var options = new TestSystemOptions();
        configure?.Invoke(options);
        var idp = options.Provider is not null
            ? null
            : await DevIdpHost.StartAsync(
                "Development",
                idp =>
                {
                    idp.Issuer = "http://localhost:0";
                    idp.Clock = options.Clock;
                    options.Idp?.Invoke(idp);
                },
                CancellationToken.None
            );
        var system = new TestSystem(idp, store, options);
        await system.StartSitesAsync();
        return system;
    }

    /// <summary>Restarts every McpOidc application. The identity provider keeps running, and the store stays the same unless another is
    /// given.</summary>
    public async Task RestartAsync(TestStore? store = null)
    {
        await StopSitesAsync();
        _store = store ?? _store;
        await StartSitesAsync();
    }

    /// <summary>Stops every McpOidc application until <see cref="RestartAsync"/>.</summary>
    public Task StopAsync() => StopSitesAsync();

    /// <summary>Starts another authorization server with the same store and issuer, on a separate port.</summary>
    public async Task<TestSite> StartSecondServerAsync()
    {
        var site = await TestSite.StartAsync(Loopback.FreePort(), ServerSettings(), AddAuthorizationServer, UseServer);
        _sites.Add(site);
        return site;
    }

    /// <summary>Starts another authorization server with other settings. The caller must stop it.</summary>
    public Task<TestSite> StartAnotherServerAsync(params KeyValuePair<string, string?>[] settings) =>
        TestSite.StartAsync(Loopback.FreePort(), [.. ServerSettings(), .. settings], AddAuthorizationServer, UseServer);

    public OAuthClient CreateClient() => new(Issuer, Resource, _options.Tap);

    public async ValueTask DisposeAsync()
    {
        await StopSitesAsync();
        if (Idp is not null)
        {
            await Idp.DisposeAsync();
        }

        if (_ownsStore)
        {
            _store.Dispose();
        }
    }

    private async Task StartSitesAsync()
    {
        Server = await TestSite.StartAsync(_serverPort, ServerSettings(), AddAuthorizationServer, UseServer);
        _sites.Add(Server);
        Mcp = Server;
        if (_options.Standalone)
        {
            Mcp = await TestSite.StartAsync(_mcpPort, McpSettings(), AddMcp, UseMcp);
            _sites.Add(Mcp);
        }
    }

    private async Task StopSitesAsync()
    {
        foreach (var site in Enumerable.Reverse(_sites))
        {
            await site.DisposeAsync();
        }

        _sites.Clear();
    }

    private List<KeyValuePair<string, string?>> ServerSettings()
    {
        var upstream = _options.Provider ?? new IdentityProviderSettings(Idp!.Issuer, Idp.Options.ClientId, Idp.Options.ClientSecret);
        var settings = new List<KeyValuePair<string, string?>>(_store.Settings)
        {
            new("McpOidc:Issuer", Issuer),
            new("McpOidc:IdentityProvider:Issuer", upstream.Issuer),
            new("McpOidc:IdentityProvider:ClientId", upstream.ClientId),
            new("McpOidc:IdentityProvider:ClientSecret", upstream.ClientSecret),
            new("McpOidc:IdentityProvider:Scopes", upstream.Scopes),
            new("McpOidc:Resources:0:Uri", Resource),
            new("McpOidc:Resources:0:Name", "Test tools"),
            // Only the tests about internet access probe for it.
            new("McpOidc:Registration:ClientIdMetadataDocuments:ProbeInterval", "00:00:00"),
        };
        if (!_options.Standalone)
        {
            settings.Add(new("McpOidc:ResourceServer:Resource", Resource));
        }

        settings.AddRange(_options.Settings.Where(setting => setting.Key != "McpOidc:Authority"));
        return settings;
    }

    private List<KeyValuePair<string, string?>> McpSettings() =>
        [
            .. _store.Settings,
            new("McpOidc:Authority", Issuer),
            new("McpOidc:ResourceServer:Resource", Resource),
            .. _options.Settings.Where(setting => !setting.Key.StartsWith("McpOidc:Resources", StringComparison.Ordinal)),
        ];

    private void AddAuthorizationServer(WebApplicationBuilder builder)
    {
        builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(_options.Clock));
        _options.Tap?.Listen(builder.Services);
        _options.Services?.Invoke(builder.Services);
        var mcpOidc = builder.Services.AddMcpOidc().AddAuthorizationServer().AddProcessGuards();
        _options.Server?.Invoke(mcpOidc);
        if (!_options.Standalone)
        {
            mcpOidc.AddResourceServer();
            AddTools(builder);
        }
    }

    private void UseServer(WebApplication app)
    {
        app.UseMcpOidc();
        app.MapMcpOidc();
        if (!_options.Standalone)
        {
            MapTools(app);
        }
    }

    private void AddMcp(WebApplicationBuilder builder)
    {
        builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(_options.Clock));
        _options.Tap?.Listen(builder.Services);
        builder.Services.AddMcpOidc().AddResourceServer().UseConfiguredStore().AddProcessGuards();
        AddTools(builder);
    }

    private void UseMcp(WebApplication app)
    {
        app.UseMcpOidc();
        app.MapMcpOidc();
        MapTools(app);
    }

    private void AddTools(WebApplicationBuilder builder)
    {
        builder.Services.AddHttpClient();
        builder.Services.AddMcpServer().WithHttpTransport().WithTools<TestTools>();
        _options.Mcp?.Invoke(builder);
    }

    private void MapTools(WebApplication app)
    {
        if (_options.MapsMcp)
        {
            app.MapMcp("/mcp").RequireMcpOidc();
            app.MapPost("/echo", (HttpContext context) => context.User.FindFirst("sub")?.Value).RequireMcpOidc();
            app.MapGet("/scoped", () => "ok").RequireMcpOidc("files:write");
        }

        _options.Map?.Invoke(app);
    }
}
