using System.Net;
using System.Net.Sockets;

namespace McpOidc.Benchmarks.Load;

/// <summary>Redis, the stand-in identity provider, the authorization server and a protected server, each a process of its own.</summary>
internal sealed class LoadSystem : IAsyncDisposable
{
    private const string Secret = "the load rig's secret, which is long enough";

    private static readonly Dictionary<string, string> s_none = [];

    private readonly List<MeasuredProcess> _others = [];

    /// <summary>Of its lines in the report.</summary>
    public string Prefix { get; }

    public bool IsPeer => Prefix.Length > 0;

    public string Issuer { get; }

    public string McpOrigin { get; }

    public string Resource => McpOrigin + "/mcp";

    public int RedisPort { get; }

    public MeasuredProcess Redis => _others[0];

    /// <summary>The identity provider's issuer.</summary>
    public required string Provider { get; init; }

    public required MeasuredProcess AuthServer { get; init; }

    public required MeasuredProcess McpServer { get; init; }

    /// <param name="prefix">Of its lines in the report.</param>
    /// <param name="issuer">Of the authorization server.</param>
    /// <param name="mcpOrigin">Of the protected server.</param>
    /// <param name="redisPort">Of its Redis.</param>
    /// <param name="others">Its Redis, and what else ends with it.</param>
    public LoadSystem(string prefix, string issuer, string mcpOrigin, int redisPort, params MeasuredProcess[] others)
    {
        (Prefix, Issuer, McpOrigin, RedisPort) = (prefix, issuer, mcpOrigin, redisPort);
        _others.AddRange(others);
    }

    public static Task<MeasuredProcess> StartRedisAsync(int port)
        => MeasuredProcess.StartAsync("redis-server", ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], s_none, health: null);

    public static string FreeOrigin() => $"http://localhost:{FreePort()}";

    public static async Task<LoadSystem> StartAsync(string authServer, string benchmarks)
    {
        var provider = FreeOrigin();
        var draft = new { Issuer = FreeOrigin(), McpOrigin = FreeOrigin(), Redis = FreePort() };
        var redis = await StartRedisAsync(draft.Redis);
        var idp = await MeasuredProcess.StartAsync(benchmarks, [StandInProvider.Name, provider.Split(':')[^1]], s_none, provider + "/jwks");
        var auth = await MeasuredProcess.StartAsync(authServer, [], new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = draft.Issuer,
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Logging__LogLevel__Default"] = "Warning",
            ["ConnectionStrings__redis"] = $"127.0.0.1:{draft.Redis}",
            ["McpOidc__Issuer"] = draft.Issuer,
            ["McpOidc__RateLimits__RequestsPerClientAndMinute"] = "100000000",
            ["McpOidc__RateLimits__RequestsPerGrantAndMinute"] = "100000000",
            ["McpOidc__RateLimits__RequestsPerUserAndMinute"] = "100000000",
            ["McpOidc__RateLimits__AuthorizationsPerAddressAndMinute"] = "100000000",
            ["McpOidc__RateLimits__RegistrationsPerAddressAndHour"] = "100000000",
            ["McpOidc__RateLimits__RegistrationsPerHour"] = "100000000",
            ["McpOidc__Secret"] = Secret,
            ["McpOidc__Resources__0__Uri"] = draft.McpOrigin + "/mcp",
            ["McpOidc__Upstream__Issuer"] = provider,
            ["McpOidc__Upstream__ClientId"] = "mcpoidc",
            ["McpOidc__Upstream__ClientSecret"] = "secret",
            ["McpOidc__Upstream__Scopes"] = "openid email profile offline_access",
        }, draft.Issuer + "/health");
        var mcp = await MeasuredProcess.StartAsync(benchmarks, [TrivialMcpServer.Name], new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = draft.McpOrigin,
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__redis"] = $"127.0.0.1:{draft.Redis}",
            ["McpOidc__Authority"] = draft.Issuer,
            ["McpOidc__Secret"] = Secret,
            ["McpOidc__Protection__Resource"] = draft.McpOrigin + "/mcp",
        }, draft.McpOrigin + "/health");
        return new LoadSystem("", draft.Issuer, draft.McpOrigin, draft.Redis, redis, idp) { AuthServer = auth, McpServer = mcp, Provider = provider };
    }

    public async ValueTask DisposeAsync()
    {
        await McpServer.DisposeAsync();
        await AuthServer.DisposeAsync();
        foreach (var process in _others)
        {
            await process.DisposeAsync();
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
