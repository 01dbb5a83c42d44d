using System.Net;
using System.Security.Cryptography;
using McpOidc.Administration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Testing;

/// <summary>
/// An authorization server for tests: on a free loopback port, in memory, with users who grant every request. It is the real server; only
/// the identity provider and the store are replaced.
/// <code>
/// await using var authority = await TestAuthorizationServer.StartAsync();
/// await using var app = new WebApplicationFactory&lt;Program&gt;().WithWebHostBuilder(host =&gt;
///     host.ConfigureTestServices(services =&gt; services.UseTestAuthorizationServer(authority)));
/// using var http = app.CreateClient();
/// http.DefaultRequestHeaders.Authorization = new("Bearer", await authority.SignInAsync("alice", "notes:read"));
/// </code>
/// </summary>
public sealed class TestAuthorizationServer : IAsyncDisposable
{
    /// <summary>The client that <see cref="TestPerson.SignInAsync"/> signs in with.</summary>
    internal const string ClientId = "test-client";

    /// <summary>Its redirect URI; nothing listens there.</summary>
    internal const string RedirectUri = "http://127.0.0.1/callback";

    // Another process may take a port between finding it free and listening on it.
    private const int MaximumAttempts = 5;

    private readonly WebApplication _app;

    private TestAuthorizationServer(WebApplication app, string issuer, string secret, IReadOnlyList<string> resources)
    {
        _app = app;
        Issuer = issuer;
        Secret = secret;
        Resources = resources;
    }

    /// <summary>The issuer, for instance <c>http://localhost:51234</c>.</summary>
    public string Issuer { get; }

    /// <summary>The resources for which tokens are issued.</summary>
    public IReadOnlyList<string> Resources { get; }

    /// <summary>The clock of the server and of the hosts that use it. Move it to test expiry.</summary>
    public TestClock Clock => _app.Services.GetRequiredService<TestClock>();

    internal string Secret { get; }

    internal InMemoryStore Store => _app.Services.GetRequiredService<InMemoryStore>();

    internal TestIdentityProvider IdentityProvider => _app.Services.GetRequiredService<TestIdentityProvider>();

    internal GrantAdministration Grants => _app.Services.GetRequiredService<GrantAdministration>();

    /// <summary>Starts a server.</summary>
    /// <param name="resources">
    /// The MCP endpoints under test, as configured in <c>McpOidc:ResourceServer:Resource</c>. Default: <c>http://localhost/mcp</c>, an
    /// address that <c>WebApplicationFactory</c> serves.
    /// </param>
    /// <returns>The running server.</returns>
    public static async Task<TestAuthorizationServer> StartAsync(params string[] resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        string[] known = resources.Length == 0 ? ["http://localhost/mcp"] : resources;
        var secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var issuer = $"http://localhost:{port}";
            var app = Build(port, Settings(issuer, secret, known));
            try
            {
                await app.StartAsync();
                return new TestAuthorizationServer(app, issuer, secret, known);
            }
            catch (IOException) when (attempt < MaximumAttempts)
            {
                await app.DisposeAsync();
            }
        }
    }

    /// <summary>A user at the identity provider of this server. The same name returns the same user.</summary>
    /// <param name="name">The user's <c>sub</c> at the provider, and the name. Default: <c>alice</c>.</param>
    /// <returns>The user, who grants every request.</returns>
    public TestPerson Person(string name = "alice")
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new TestPerson(this, name);
    }

    /// <summary>Signs a user in, who grants the request.</summary>
    /// <param name="person">The user's name.</param>
    /// <param name="scopes">The scopes to request; empty requests the default.</param>
    /// <returns>An access token for the first of <see cref="Resources"/>.</returns>
    public async Task<string> SignInAsync(string person = "alice", params string[] scopes) =>
        (await Person(person).SignInAsync(Resources[0], scopes)).AccessToken;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static WebApplication Build(int port, Dictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = Environments.Development });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRouting();
        builder.Services.AddSingleton<TestClock>();
        builder.Services.AddSingleton<TimeProvider>(services => services.GetRequiredService<TestClock>());
        builder.Services.AddSingleton<InMemoryStore>();
        builder.Services.AddSingleton<TestIdentityProvider>();
        builder.AddMcpOidc().UseStore(services => services.GetRequiredService<InMemoryStore>()).AddAuthorizationServer();
        builder.Services.Replace(
            ServiceDescriptor.Singleton<Federation.IIdentityProvider>(services => services.GetRequiredService<TestIdentityProvider>())
        );
        builder.Services.TryAddSingleton<Federation.ExplicitIdentityProvider>();
        var app = builder.Build();
        app.UseMcpOidc();
        app.MapMcpOidc();
        return app;
    }

    private static Dictionary<string, string?> Settings(string issuer, string secret, string[] resources)
    {
        var settings = new Dictionary<string, string?>
        {
            ["McpOidc:Issuer"] = issuer,
            ["McpOidc:Secret"] = secret,
            ["McpOidc:RateLimits:Enabled"] = "false",
            // Tests make no requests to other hosts.
            ["McpOidc:Registration:ClientIdMetadataDocuments:ProbeInterval"] = "00:00:00",
            ["McpOidc:Clients:0:Id"] = ClientId,
            ["McpOidc:Clients:0:Name"] = "Test client",
            ["McpOidc:Clients:0:GrantTypes:0"] = "authorization_code",
            ["McpOidc:Clients:0:GrantTypes:1"] = "refresh_token",
            ["McpOidc:Clients:0:RedirectUris:0"] = RedirectUri,
        };
        for (var i = 0; i < resources.Length; i++)
        {
            settings[$"McpOidc:Resources:{i}:Uri"] = resources[i];
        }

        return settings;
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
