using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Data.Sqlite;

namespace McpOidc.Tests.Hosting;

/// <summary>Debian's glewlwyd, a real OpenID provider, with its own SQLite file; configured through its API, like its console does
/// (/usr/share/doc/glewlwyd).</summary>
public sealed class GlewlwydServer : IAsyncDisposable
{
    public const string ClientId = "mcpoidc";
    public const string ClientSecret = "the-secret-of-glewlwyd";
    private const string Password = "a-good-password";
    private const string Program = "/usr/bin/glewlwyd";
    private const string Schema = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";
    private const string Defaults = "/etc/glewlwyd/glewlwyd.conf";
    private const string Reason = "glewlwyd is not installed. Install it (Debian: apt-get install glewlwyd).";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mcpoidc-glewlwyd-");
    private readonly HttpClient _admin;
    private readonly Process _process;

    private GlewlwydServer()
    {
        var port = Loopback.FreePort();
        Issuer = $"http://localhost:{port}";
        _admin = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() })
        {
            BaseAddress = new Uri(Issuer),
            Timeout = s_patience,
        };
        _process = Launch(port);
    }

    /// <summary>Why tests with it are skipped; <see langword="null"/> when they run. On CI they run and fail instead.</summary>
    public static string? SkipReason { get; } = File.Exists(Program) || Environment.GetEnvironmentVariable("CI") == "true" ? null : Reason;

    public string Issuer { get; }

    /// <summary>The discovery document is not at the usual address below the issuer.</summary>
    public string MetadataAddress => Issuer + "/api/oidc/.well-known/openid-configuration";

    public static async Task<GlewlwydServer> StartAsync(string callback)
    {
        Assert.True(File.Exists(Program), Reason);
        var server = new GlewlwydServer();
        try
        {
            await server.WaitUntilItAnswersAsync();
            await server.SetUpAsync(callback);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public Task AddPersonAsync(string name) =>
        AdministerAsync(
            HttpMethod.Post,
            "/api/user/",
            new JsonObject
            {
                ["username"] = name,
                ["name"] = name,
                ["email"] = $"{name}@example.com",
                ["enabled"] = true,
                ["password"] = Password,
                ["scope"] = new JsonArray("openid", "g_profile"),
            }
        );

    public Task RemovePersonAsync(string name) => AdministerAsync(HttpMethod.Delete, $"/api/user/{name}", body: null);

    /// <summary>Signs in and grants consent as a user would on glewlwyd's page, which needs JavaScript, and returns the URL that the page
    /// redirects to.</summary>
    public async Task<string> SignInAsync(Browser browser, string name, Uri page)
    {
        var login = new JsonObject { ["username"] = name, ["password"] = Password };
        await SendAsync(browser, HttpMethod.Post, "/api/auth/", login);
        await SendAsync(browser, HttpMethod.Put, $"/api/auth/grant/{ClientId}", new JsonObject { ["scope"] = "openid" });
        return QueryHelpers.ParseQuery(page.Query)["callback_url"] + "&g_continue";
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        using var limit = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
        _admin.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task SendAsync(Browser browser, HttpMethod method, string path, JsonObject body)
    {
        using var response = await browser.PostAsync(
            new Uri(Issuer + path),
            [],
            request => (request.Method, request.Content) = (method, JsonContent.Create(body))
        );
        response.EnsureSuccessStatusCode();
    }

    private async Task AdministerAsync(HttpMethod method, string path, JsonObject? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await _admin.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {await response.Content.ReadAsStringAsync()}");
    }

    private async Task SetUpAsync(string callback)
    {
        // The default account of the installation.
        await AdministerAsync(HttpMethod.Post, "/api/auth/", new JsonObject { ["username"] = "admin", ["password"] = "password" });
        using var key = RSA.Create(2048);
        await AdministerAsync(
            HttpMethod.Post,
            "/api/mod/plugin/",
            new JsonObject
            {
                ["module"] = "oidc",
                ["name"] = "oidc",
                ["display_name"] = "OpenID Connect",
                ["enabled"] = true,
                ["parameters"] = Plugin(key),
            }
        );
        await AdministerAsync(
            HttpMethod.Post,
            "/api/client/",
            new JsonObject
            {
                ["client_id"] = ClientId,
                ["name"] = "McpOidc",
                ["enabled"] = true,
                ["confidential"] = true,
                ["client_secret"] = ClientSecret,
                ["redirect_uri"] = new JsonArray(callback),
                ["authorization_type"] = new JsonArray("code", "refresh_token"),
                ["token_endpoint_auth_method"] = new JsonArray("client_secret_basic", "client_secret_post"),
                ["scope"] = new JsonArray("openid"),
            }
        );
    }

    private JsonObject Plugin(RSA key) =>
        new()
        {
            ["iss"] = Issuer,
            ["subject-type"] = "public",
            ["jwt-type"] = "rsa",
            ["jwt-key-size"] = "256",
            ["key"] = key.ExportPkcs8PrivateKeyPem(),
            ["cert"] = key.ExportSubjectPublicKeyInfoPem(),
            ["access-token-duration"] = 3600,
            ["refresh-token-duration"] = 1209600,
            ["code-duration"] = 600,
            ["refresh-token-rolling"] = true,
            ["auth-type-code-enabled"] = true,
            ["auth-type-refresh-enabled"] = true,
            ["email-claim"] = "mandatory",
            ["pkce-allowed"] = true,
            ["pkce-method-plain-allowed"] = false,
            ["jwks-show"] = true,
        };

    private Process Launch(int port)
    {
        var database = Path.Combine(_directory.FullName, "glewlwyd.db");
        using (var connection = new SqliteConnection($"Data Source={database};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = File.ReadAllText(Schema);
            command.ExecuteNonQuery();
        }

        var settings = Path.Combine(_directory.FullName, "glewlwyd.conf");
        File.WriteAllLines(
            settings,
            File.ReadLines(Defaults)
                .Select(line =>
                    line switch
                    {
                        _ when line.StartsWith("port=", StringComparison.Ordinal) => $"port={port}",
                        _ when line.StartsWith("external_url=", StringComparison.Ordinal) => $"external_url=\"{Issuer}/\"",
                        _ when line.StartsWith("log_mode=", StringComparison.Ordinal) => "log_mode=\"console\"",
                        _ when line.StartsWith("@include", StringComparison.Ordinal) =>
                            $"database = {{ type = \"sqlite3\"; path = \"{database}\"; }};",
                        _ => line,
                    }
                )
        );
        var process = Process.Start(
            new ProcessStartInfo(Program, [$"--config-file={settings}"]) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;

        // An unread pipe would block the server once it is full.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task WaitUntilItAnswersAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                using var response = await _admin.GetAsync(new Uri("/config", UriKind.Relative), limit.Token);
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                await pulse.WaitForNextTickAsync(limit.Token);
            }
        }
    }
}

/// <summary>A fact with a real glewlwyd; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GlewlwydFactAttribute : FactAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public GlewlwydFactAttribute() => Skip = GlewlwydServer.SkipReason;
}
