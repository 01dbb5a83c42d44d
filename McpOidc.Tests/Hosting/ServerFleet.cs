using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.DevIdp;
using McpOidc.Tests.Conventions;
using McpOidc.Tests.Documentation;

namespace McpOidc.Tests.Hosting;

/// <summary>A proxy with one port for the authorization server and one for the MCP server.</summary>
internal sealed record FleetProxy(string Name, int ServerPort, int McpPort)
{
    public string Server => $"https://localhost:{ServerPort}";

    public string Resource => $"https://localhost:{McpPort}/mcp";
}

/// <summary>Two authorization servers and two MCP servers in Production, as processes that share one Redis, behind nginx, haproxy and
/// Caddy.</summary>
internal sealed class ServerFleet : IAsyncDisposable
{
    // haproxy and Caddy probe once a second.
    private static readonly TimeSpan s_probes = TimeSpan.FromSeconds(2);
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly List<FleetProcess> _servers = [];
    private readonly List<FleetProcess> _mcpServers = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcpoidc-fleet-");
    private readonly FleetProxy _nginx = new("nginx", Loopback.FreePort(), Loopback.FreePort());
    private readonly FleetProxy _haproxy = new("haproxy", Loopback.FreePort(), Loopback.FreePort());
    private readonly FleetProxy _caddy = new("Caddy", Loopback.FreePort(), Loopback.FreePort());
    private readonly int _inside = Loopback.FreePort();
    private ProxyProcess _nginxProcess = null!;
    private long _done;

    public DevIdpInstance Idp { get; private set; } = null!;

    public IReadOnlyList<FleetProxy> Proxies => [_nginx, _haproxy, _caddy];

    /// <summary>What nginx reported, and the servers' output: warnings and above.</summary>
    public string Output =>
        string.Join(
            "\n",
            _servers.Concat(_mcpServers).Select(server => $"{server.Address}: {server.Output}").Prepend(_nginxProcess.Errors)
        );

    /// <summary>The number of requests that nginx sent to a server that was closing its listener. The kernel resets a connection that the
    /// server has not accepted by then, and nginx, which does not probe, may always be opening one.</summary>
    public int Resets => _nginxProcess.Errors.Split("Connection reset by peer) while reading response header").Length - 1;

    /// <summary>The number of servers stopped so far.</summary>
    public int Stops { get; private set; }

    /// <summary>The number of calls and refreshes so far.</summary>
    public long Done => Interlocked.Read(ref _done);

    public static async Task<ServerFleet> StartAsync(TimeSpan drain)
    {
        var fleet = new ServerFleet();
        try
        {
            await fleet.StartPartsAsync(drain);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a registered client. Users sign in at the issuer.</summary>
    public async Task<OAuthClient> CreateClientAsync()
    {
        var client = new OAuthClient(_nginx.Server, _nginx.Resource);
        await client.RegisterAsync();
        return client;
    }

    /// <summary>Creates a client that has tokens.</summary>
    public async Task<(OAuthClient Client, TokenAnswer Tokens)> SignInAsync()
    {
        using var browser = new Browser();
        var client = await CreateClientAsync();
        return (client, await client.SignInAsync(browser));
    }

    /// <summary>Restarts one server of each kind and then the other, as docs/reverse-proxies.md describes: the second one only after the
    /// proxies have noticed that the first is healthy again.</summary>
    public async Task RestartAsync()
    {
        foreach (var (server, mcp) in _servers.Zip(_mcpServers))
        {
            Stops += 2;
            await Task.WhenAll(server.RestartAsync(), mcp.RestartAsync());
            // A proxy does not report what it has noticed, and its probes run in real time.
            await Task.Delay(s_probes);
        }
    }

    /// <summary>Alternates refreshes and calls until told to stop. Nothing is retried.</summary>
    public async Task<Tally> WorkAsync(FleetProxy proxy, (OAuthClient, TokenAnswer) signedIn, CancellationToken over)
    {
        var tally = new Tally();
        var (client, tokens) = signedIn;
        using var _ = client;
        while (!over.IsCancellationRequested)
        {
            if (await TryAsync(tally, "call", () => CallAsync(client, proxy, tokens.AccessToken, "whoami")) is not null)
            {
                tally.Calls++;
            }

            if (await TryAsync(tally, "refresh", () => RefreshAsync(client, proxy, tokens)) is { } refreshed)
            {
                tokens = refreshed;
                tally.Refreshes++;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }

        return tally;
    }

    /// <summary>Calls the tool that waits for the identity provider.</summary>
    public static async Task<string> CallLongToolAsync(FleetProxy proxy, (OAuthClient, TokenAnswer) signedIn)
    {
        var (client, tokens) = signedIn;
        using var _ = client;
        return await CallAsync(client, proxy, tokens.AccessToken, "upstream_profile");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task StartPartsAsync(TimeSpan drain)
    {
        var redis = Keep(await RedisServer.StartAsync());
        Idp = Keep(
            await DevIdpHost.StartAsync(
                "Development",
                idp =>
                {
                    idp.Issuer = "http://localhost:0";
                    foreach (var proxy in Proxies)
                    {
                        idp.RedirectUris.Add(proxy.Server + "/oauth/callback");
                    }
                },
                CancellationToken.None
            )
        );
        for (var number = 0; number < 2; number++)
        {
            _servers.Add(Keep(new FleetProcess("McpOidc.AuthServer.dll", _folder, ServerSettings(redis, drain))));
            _mcpServers.Add(Keep(new FleetProcess("McpOidc.McpServer.dll", _folder, McpSettings(redis, drain))));
        }

        await StartProxiesAsync();
        // The first server creates the keys.
        await Task.WhenAll(_servers.Concat(_mcpServers).Select(server => server.StartAsync()));
    }

    private async Task StartProxiesAsync()
    {
        using var certificate = Loopback.CreateCertificate();
        var (pem, key) = (certificate.ExportCertificatePem(), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(_folder.FullName, "certificate.pem"), pem + "\n" + key + "\n");
        _nginxProcess = Keep(await ProxyProcess.StartNginxAsync(NginxConfiguration(), _nginx.ServerPort, _nginx.McpPort, _inside));
        Keep(await ProxyProcess.StartHaproxyAsync(HaproxyConfiguration(), _haproxy.ServerPort, _haproxy.McpPort));
        Keep(
            await ProxyProcess.StartCaddyAsync(
                Caddyfile(),
                new Dictionary<string, string>
                {
                    ["AUTH_HOST"] = $"localhost:{_caddy.ServerPort}",
                    ["MCP_HOST"] = $"localhost:{_caddy.McpPort}",
                },
                _caddy.ServerPort,
                _caddy.McpPort
            )
        );
    }

    // The configuration from docs/reverse-proxies.md with local addresses. Its MCP servers reach the authorization servers internally.
    private string NginxConfiguration() =>
        Addressed(CodeBlock.Of("nginx").Single(block => block.Text.Contains("upstream", StringComparison.Ordinal)).Text)
            .Replace("/etc/nginx/certificate.key", "/etc/nginx/certificate.pem", StringComparison.Ordinal)
            .Replace("/etc/nginx", _folder.FullName, StringComparison.Ordinal)
            .Replace("listen 443 ssl;\n    server_name auth.example.com", $"listen {_nginx.ServerPort} ssl;\n    server_name localhost")
            .Replace("listen 443 ssl;\n    server_name mcp.example.com", $"listen {_nginx.McpPort} ssl;\n    server_name localhost")
        + $$"""

            server {
                listen 127.0.0.1:{{_inside}};
                location / {
                    proxy_pass http://auth;
                    proxy_set_header Host $http_host;
                    proxy_set_header X-Forwarded-Proto https;
                    proxy_set_header Connection "";
                }
            }
            """;

    private string HaproxyConfiguration() =>
        Addressed(CodeBlock.Of("haproxy").Single().Text)
            .Replace("mcp.example.com", $"localhost:{_haproxy.McpPort}", StringComparison.Ordinal)
            .Replace(
                "bind :443 ssl crt /etc/haproxy/certificate.pem",
                $"bind :{_haproxy.ServerPort},:{_haproxy.McpPort} ssl crt {_folder.FullName}/certificate.pem",
                StringComparison.Ordinal
            );

    // deploy/compose/Caddyfile. It uses local ports and leaves the machine's trusted certificates alone.
    private string Caddyfile() =>
        $$"""
            {
                admin off
                auto_https disable_redirects
                skip_install_trust
            }

            """
        + File.ReadAllText(Path.Combine(Repository.Root, "deploy", "compose", "Caddyfile"))
            .Replace(
                "_HOST} {",
                $"_HOST}} {{\n\ttls {_folder.FullName}/certificate.pem {_folder.FullName}/certificate.pem",
                StringComparison.Ordinal
            )
            .Replace("mcpoidc-auth-1:8080", _servers[0].Address, StringComparison.Ordinal)
            .Replace("mcpoidc-auth-2:8080", _servers[1].Address, StringComparison.Ordinal)
            .Replace("mcpoidc-mcp-1:8080", _mcpServers[0].Address, StringComparison.Ordinal)
            .Replace("mcpoidc-mcp-2:8080", _mcpServers[1].Address, StringComparison.Ordinal);

    private string Addressed(string text) =>
        text.Replace("10.0.0.1:8080", _servers[0].Address, StringComparison.Ordinal)
            .Replace("10.0.0.2:8080", _servers[1].Address, StringComparison.Ordinal)
            .Replace("10.0.0.3:8080", _mcpServers[0].Address, StringComparison.Ordinal)
            .Replace("10.0.0.4:8080", _mcpServers[1].Address, StringComparison.Ordinal);

    private Dictionary<string, string> ServerSettings(RedisServer redis, TimeSpan drain) =>
        new(Common(redis, drain))
        {
            ["McpOidc__Issuer"] = _nginx.Server,
            // Real clients do not refresh this often.
            ["McpOidc__RateLimits__RequestsPerGrantPerMinute"] = "1000000",
            ["McpOidc__RateLimits__RequestsPerUserPerMinute"] = "1000000",
            ["McpOidc__Resources__0__Uri"] = _nginx.Resource,
            ["McpOidc__IdentityProvider__Issuer"] = Idp.Issuer,
            ["McpOidc__IdentityProvider__ClientId"] = Idp.Options.ClientId,
            ["McpOidc__IdentityProvider__ClientSecret"] = Idp.Options.ClientSecret!,
            ["McpOidc__IdentityProvider__Scopes"] = "openid email profile offline_access",
            ["McpOidc__Registration__ClientIdMetadataDocuments__ProbeInterval"] = "00:00:00",
        };

    private Dictionary<string, string> McpSettings(RedisServer redis, TimeSpan drain) =>
        new(Common(redis, drain))
        {
            ["McpOidc__Authority"] = _nginx.Server,
            ["McpOidc__AuthorityAddress"] = $"http://127.0.0.1:{_inside}",
            ["McpOidc__ResourceServer__Resource"] = _nginx.Resource,
        };

    private static Dictionary<string, string> Common(RedisServer redis, TimeSpan drain) =>
        new()
        {
            ["ConnectionStrings__redis"] = redis.ConnectionString,
            ["McpOidc__Secret"] = "0123456789012345678901234567890123456789",
            ["McpOidc__TrustedProxies__0"] = "127.0.0.0/8",
            ["McpOidc__TrustedProxies__1"] = "::1/128",
            ["McpOidc__DrainTime"] = drain.ToString("c"),
        };

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }

    private async Task<T?> TryAsync<T>(Tally tally, string what, Func<Task<T>> work)
        where T : class
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (exception is HttpRequestException or InvalidOperationException or OperationCanceledException)
        {
            tally.Failures.Add($"{what} at {DateTime.UtcNow:HH:mm:ss.fff}: {exception.Message}");
            return null;
        }
        finally
        {
            Interlocked.Increment(ref _done);
        }
    }

    private static async Task<TokenAnswer> RefreshAsync(OAuthClient client, FleetProxy proxy, TokenAnswer tokens)
    {
        var answer = await client.RefreshAsync(tokens.RefreshToken, proxy.Server);
        return answer.Status == 200 ? answer : throw new InvalidOperationException($"{answer.Status} {answer.Body}");
    }

    private static async Task<string> CallAsync(OAuthClient client, FleetProxy proxy, string accessToken, string tool)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var request = new HttpRequestMessage(HttpMethod.Post, proxy.Resource)
        {
            Content = new StringContent(
                new JsonObject
                {
                    ["jsonrpc"] = "2.0",
                    ["id"] = 1,
                    ["method"] = "tools/call",
                    ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = new JsonObject() },
                }.ToJsonString(),
                Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await client.Http.SendAsync(request, limit.Token);
        var text = await response.Content.ReadAsStringAsync(limit.Token);
        return (int)response.StatusCode == 200 && !text.Contains("\"error\"", StringComparison.Ordinal)
            ? text
            : throw new InvalidOperationException($"{(int)response.StatusCode} {text}");
    }
}

/// <summary>One of the shipped programs in Production, stopped the way a supervisor stops it.</summary>
internal sealed class FleetProcess(string program, DirectoryInfo folder, Dictionary<string, string> settings) : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly int _port = Loopback.FreePort();
    private ProgramProcess? _process;
    private string _earlier = "";

    /// <summary>Host and port.</summary>
    public string Address => $"127.0.0.1:{_port}";

    public async Task StartAsync()
    {
        var health = new Uri($"http://{Address}/health");
        _process = await ProgramProcess.StartAsync(
            new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, program)])
            {
                WorkingDirectory = folder.FullName,
            },
            health,
            new Dictionary<string, string>(settings)
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ASPNETCORE_URLS"] = $"http://{Address}",
                ["Logging__LogLevel__Default"] = "Warning",
                ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location,
            }
        );
        await ProgramProcess.WaitForHealthAsync(health);
    }

    public async Task RestartAsync()
    {
        await _process!.TerminateAsync(s_patience);
        _earlier += _process.Output;
        await _process.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Its output across all restarts.</summary>
    public string Output => _earlier + _process?.Output;

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
