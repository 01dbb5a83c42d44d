using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace McpOidc.Tests.Hosting;

/// <summary>Debian's LemonLDAP::NG, a real OpenID provider: its portal behind Perl's own web server, with sessions in files and users in a
/// SQLite database.</summary>
public sealed class LemonServer : IAsyncDisposable
{
    public const string ClientId = "mcpoidc";
    public const string ClientSecret = "the-secret-of-lemonldap";
    private const string Program = "/usr/bin/plackup";
    private const string Portal = "/usr/share/lemonldap-ng/portal/htdocs/index.psgi";

    // Perl's own web server closes each connection, in HTTP/1.0 and without saying so, which .NET does not expect: it uses it again.
    private const string Closing =
        "enable sub { my $app = shift; sub { Plack::Util::response_cb($app->(@_), sub { push @{$_[0][1]}, Connection => 'close' }) } }";
    private const string Reason =
        "LemonLDAP::NG is not installed. Install it (Debian: see the packages of .ci/run from liblemonldap-ng-portal-perl on).";

    // Perl compiles it at every start.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mcpoidc-lemonldap-");
    private readonly Process _process;

    private LemonServer(string callback)
    {
        var port = Loopback.FreePort();
        Issuer = $"http://localhost:{port}";
        Execute("create table users (login text primary key, password text, mail text, cn text)");
        WriteSettings(callback);
        _process = Launch(port);
    }

    /// <summary>Why tests with it are skipped; <see langword="null"/> when they run. On CI they run and fail instead.</summary>
    public static string? SkipReason { get; } =
        (File.Exists(Program) && File.Exists(Portal)) || Environment.GetEnvironmentVariable("CI") == "true" ? null : Reason;

    public string Issuer { get; }

    private string Database => Path.Combine(_directory.FullName, "users.db");

    public static async Task<LemonServer> StartAsync(string callback)
    {
        Assert.True(File.Exists(Program) && File.Exists(Portal), Reason);
        var server = new LemonServer(callback);
        try
        {
            await server.WaitUntilItAnswersAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a user whose password is the name.</summary>
    public void AddPerson(string name) => Execute($"insert into users values ('{name}', '{name}', '{name}@example.com', '{name}')");

    public void RemovePerson(string name) => Execute($"delete from users where login = '{name}'");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        using var limit = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private void Execute(string statement)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private void WriteSettings(string callback)
    {
        var settings = _directory.CreateSubdirectory("conf");
        File.WriteAllText(Path.Combine(settings.FullName, "lmConf-1.json"), Settings(callback).ToJsonString());
        File.WriteAllText(
            Path.Combine(_directory.FullName, "lemonldap-ng.ini"),
            $"""
            [all]
            logLevel = warn
            [configuration]
            type = File
            dirName = {settings.FullName}
            localStorage = Cache::FileCache
            localStorageOptions = {"{"} 'namespace' => 'c', 'default_expires_in' => 600, 'cache_root' => '{_directory.FullName}/cache' {"}"}
            [portal]
            staticPrefix = /static
            templateDir = /usr/share/lemonldap-ng/portal/templates
            languages = en
            """
        );
    }

    private JsonObject Settings(string callback)
    {
        using var key = RSA.Create(2048);
        return new JsonObject
        {
            ["cfgNum"] = 1,
            ["cfgAuthor"] = "tests",
            ["cfgDate"] = 1,
            ["cfgVersion"] = "2.16.1",
            ["exportedHeaders"] = new JsonObject(),
            ["domain"] = "localhost",
            ["portal"] = Issuer + "/",
            ["securedCookie"] = 0,
            ["key"] = "a-key-of-the-tests-0123456789",
            ["requireToken"] = 0,
            ["locationRules"] = new JsonObject { ["localhost"] = new JsonObject { ["default"] = "accept" } },
            ["authentication"] = "DBI",
            ["userDB"] = "Same",
            ["passwordDB"] = "Null",
            ["registerDB"] = "Null",
            ["dbiAuthChain"] = $"dbi:SQLite:dbname={Database}",
            ["dbiAuthTable"] = "users",
            ["dbiAuthLoginCol"] = "login",
            ["dbiAuthPasswordCol"] = "password",
            ["dbiUserTable"] = "users",
            ["userPivot"] = "login",
            ["dbiExportedVars"] = new JsonObject
            {
                ["uid"] = "login",
                ["mail"] = "mail",
                ["cn"] = "cn",
            },
            ["globalStorage"] = "Apache::Session::File",
            ["globalStorageOptions"] = Store("sessions"),
            ["persistentStorage"] = "Apache::Session::File",
            ["persistentStorageOptions"] = Store("persistent"),
            ["oidcStorage"] = "Apache::Session::File",
            ["oidcStorageOptions"] = Store("oidc"),
            ["issuerDBOpenIDConnectActivation"] = 1,
            ["oidcServiceMetaDataIssuer"] = Issuer,
            ["oidcServicePrivateKeySig"] = key.ExportRSAPrivateKeyPem(),
            ["oidcServicePublicKeySig"] = key.ExportSubjectPublicKeyInfoPem(),
            ["oidcServiceKeyIdSig"] = "key-1",
            ["oidcServiceAllowAuthorizationCodeFlow"] = 1,
            ["oidcServiceAllowOffline"] = 1,
            ["oidcRPMetaDataOptions"] = new JsonObject { ["mcpoidc"] = Client(callback) },
            ["oidcRPMetaDataExportedVars"] = new JsonObject
            {
                ["mcpoidc"] = new JsonObject { ["email"] = "mail", ["name"] = "cn" },
            },
        };
    }

    private static JsonObject Client(string callback) =>
        new()
        {
            ["oidcRPMetaDataOptionsClientID"] = ClientId,
            ["oidcRPMetaDataOptionsClientSecret"] = ClientSecret,
            ["oidcRPMetaDataOptionsRedirectUris"] = callback,
            ["oidcRPMetaDataOptionsAllowOffline"] = 1,
            ["oidcRPMetaDataOptionsBypassConsent"] = 1,
            ["oidcRPMetaDataOptionsIDTokenSignAlg"] = "RS256",
            ["oidcRPMetaDataOptionsUserIDAttr"] = "uid",
        };

    private JsonObject Store(string name)
    {
        var directory = _directory.CreateSubdirectory(name).FullName;
        return new JsonObject { ["Directory"] = directory, ["LockDirectory"] = directory };
    }

    private Process Launch(int port)
    {
        var start = new ProcessStartInfo(Program, ["--port", $"{port}", "--host", "127.0.0.1", "-e", Closing, Portal])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LLNG_DEFAULTCONFFILE"] = Path.Combine(_directory.FullName, "lemonldap-ng.ini");
        var process = Process.Start(start)!;

        // An unread pipe would block the server once it is full.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task WaitUntilItAnswersAsync()
    {
        using var http = new HttpClient();
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                using var response = await http.GetAsync(new Uri(Issuer + "/.well-known/openid-configuration"), limit.Token);
                response.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException exception) when (exception.StatusCode is null && !_process.HasExited)
            {
                await pulse.WaitForNextTickAsync(limit.Token);
            }
        }
    }
}

/// <summary>A fact with a real LemonLDAP::NG; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LemonFactAttribute : FactAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public LemonFactAttribute() => Skip = LemonServer.SkipReason;
}
