using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Doctor;

/// <summary>
/// A small copy of production: https through a reverse proxy, an authorization server that is also an MCP server, and the demo identity
/// provider.
/// </summary>
internal sealed class HealthyInstallation : IAsyncDisposable
{
    private readonly TestStore _store;

    private HealthyInstallation(TestStore store, TestSystem system, ReverseProxy proxy, Dictionary<string, string?> settings) =>
        (_store, System, Proxy, Settings) = (store, system, proxy, settings);

    public TestSystem System { get; }

    public ReverseProxy Proxy { get; }

    /// <summary>The server's settings; tests change them for the doctor.</summary>
    public Dictionary<string, string?> Settings { get; }

    public string Resource => Proxy.Origin + "/mcp";

    /// <param name="store">Disposed with the installation.</param>
    /// <param name="issuerPath">The path of the issuer.</param>
    /// <param name="configure">Changes the server's own settings.</param>
    public static async Task<HealthyInstallation> StartAsync(
        TestStore? store = null,
        string issuerPath = "",
        params KeyValuePair<string, string?>[] configure
    )
    {
        var port = Loopback.FreePort();
        var origin = $"https://localhost:{port}";
        store ??= TestStore.Sqlite();
        List<KeyValuePair<string, string?>> settings =
        [
            new("McpOidc:Issuer", origin + issuerPath),
            new("McpOidc:Resources:0:Uri", origin + "/mcp"),
            new("McpOidc:ResourceServer:Resource", origin + "/mcp"),
            new("McpOidc:Secret", Examine.Secret),
            new("McpOidc:TrustedProxies:0", "127.0.0.1/32"),
            new("McpOidc:TrustedProxies:1", "::1/128"),
            .. configure,
        ];
        var system = await TestSystem.StartAsync(
            options =>
            {
                options.Idp = idp => idp.RedirectUris.Add(origin + issuerPath + "/oauth/callback");
                options.Settings.AddRange(settings);
            },
            store
        );
        var proxy = await ReverseProxy.StartAsync(port, system.Issuer);
        var all = new Dictionary<string, string?>
        {
            ["McpOidc:IdentityProvider:Issuer"] = system.Idp!.Issuer,
            ["McpOidc:IdentityProvider:ClientId"] = system.Idp.Options.ClientId,
            ["McpOidc:IdentityProvider:ClientSecret"] = system.Idp.Options.ClientSecret,
            ["McpOidc:IdentityProvider:Scopes"] = "openid email profile offline_access",
        };
        foreach (var (key, value) in settings.Concat(store.Settings))
        {
            all[key] = value;
        }

        return new HealthyInstallation(store, system, proxy, all);
    }

    /// <summary>The settings with some changes.</summary>
    public Dictionary<string, string?> With(params (string Key, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(Settings);
        foreach (var (key, value) in changes)
        {
            settings[key] = value;
        }

        return settings;
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await System.DisposeAsync();
        _store.Dispose();
    }
}
