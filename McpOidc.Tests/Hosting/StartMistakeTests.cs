using System.Net;
using System.Net.Sockets;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.Hosting;

/// <summary>
/// Common setup mistakes in each kind of host: each yields one sentence with the setting and the remedy, without repetition or a stack
/// trace. The hosts run in this process; <see cref="StartTests"/> shows that a process prints the same and exits with code 1.
/// </summary>
public sealed class StartMistakeTests : IDisposable
{
    private const string Taken = "(taken)";
    private const string Silent = "(silent)";
    private const string Idp = "McpOidc:IdentityProvider:";
    private const string Tokens = "McpOidc:Tokens:";
    private const string Redis = "ConnectionStrings:redis";
    private const string Server = "auth server, both, template, own section";
    private const string Alone = "auth server, own section";
    private const string Both = "both, template";
    private const string Protected = "MCP server";
    private const string Every = $"{Server}, {Protected}";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcpoidc-mistakes-");
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    // Hosts, environment, setting, value, and the remedy in the sentence.
    private static readonly (string Hosts, string Environment, string Setting, string? Value, string Remedy)[] s_mistakes =
    [
        (Alone, "Production", "McpOidc:Issuer", null, "is missing. Set it to the public URL"),
        (Server, "Production", "McpOidc:Issuer", "auth.example.com", "Use an https URL"),
        (Server, "Production", "McpOidc:Issuer", "http://auth.example.com", "Use an https URL"),
        (Server, "Production", "McpOidc:Issuer", "http://localhost:4000", "does not use https"),
        (Server, "Production", "McpOidc:Issuer", "https://auth.example.com?a=b", "without query"),
        (Every, "Production", "McpOidc:Secret", null, "is missing. Set it to at least 32"),
        (Every, "Production", "McpOidc:Secret", "too short", "Use at least 32"),
        (Every, "Staging", "McpOidc:Secret", null, "is missing. Set it to at least 32"),
        (Every, "development ", "McpOidc:Secret", null, "is missing. Set it to at least 32"),
        (Every, "Production", "McpOidc:Sqlite:Path", null, "is missing"),
        (Every, "Production", "McpOidc:Sqlite:Path", "/proc/nowhere/store.db", "McpOidc__Sqlite__Path"),
        (Server, "Production", Idp + "Issuer", null, "is missing. Set it to the issuer"),
        (Server, "Production", Idp + "Issuer", "http://idp.example.com", "https"),
        (Server, "Production", Idp + "ClientId", null, "is missing. Set it to the client id"),
        (Server, "Production", Idp + "Preset", "Keycloack", "Set it to one of"),
        (Server, "Production", Idp + "Timeout", "10s", "Write it as hh:mm:ss, or as d.hh:mm:ss with days, for instance 00:00:10"),
        (
            Server,
            "Production",
            Tokens + "AccessTokenLifetime",
            "15m",
            "Write it as hh:mm:ss, or as d.hh:mm:ss with days, for instance 00:15:00"
        ),
        (
            Server,
            "Production",
            Tokens + "AccessTokenLifetime",
            "1200",
            "Write it as hh:mm:ss, or as d.hh:mm:ss with days, for instance 00:20:00"
        ),
        (Server, "Production", Tokens + "AccessTokenLifetime", "two hours", "Write it as hh:mm:ss"),
        (Server, "Production", Tokens + "RefreshTokenLifetime", "30 days", "30.00:00:00"),
        (Server, "Production", Tokens + "AccessTokenLifetime", "-00:15:00", "positive"),
        (Server, "Production", "McpOidc:RateLimits:RequestsPerClientPerMinute", "many", "in digits"),
        (Server, "Production", "McpOidc:Registration:ClientIdMetadataDocuments:Enabled", "yes", "Set it to true or false"),
        (Server, "Production", "McpOidc:Keys:Jwks", "{", "McpOidc__Keys__Jwks"),
        (Every, "Production", "McpOidc:TrustedProxies:0", "proxy.example.com", "McpOidc__TrustedProxies__0"),
        (Every, "Production", "McpOidc:DrainTime", "5s", "00:00:05"),
        (Alone, "Production", "McpOidc:Resources:0:Uri", null, "is missing"),
        (Alone, "Production", "McpOidc:Resources:0:Uri", "mcp", "McpOidc__Resources__0__Uri"),
        (Protected, "Production", "McpOidc:Authority", null, "is missing"),
        (Protected, "Production", "McpOidc:Authority", "http://auth.example.com", "https"),
        ($"{Both}, {Protected}", "Production", "McpOidc:ResourceServer:Resource", null, "is missing"),
        (Protected, "Production", "McpOidc:ResourceServer:KeyCacheLifetime", "1h", "01:00:00"),
        (Every, "Production", Redis, "127.0.0.1:6379,passwort=x", "is not a valid StackExchange.Redis connection string"),
        (Every, "Production", Redis, "redis://:a-password@127.0.0.1:6379", "is not a valid StackExchange.Redis connection string"),
        (Every, "Production", Redis, "password=a-password", "is not a valid StackExchange.Redis connection string"),
        (Every, "Production", Redis, Silent, "Correct the port"),
        (Every, "Production", "Urls", "localhost:5000", "such as http://localhost:5000"),
        (Every, "Production", "Urls", "ftp://localhost:5000", "such as http://localhost:5000"),
        (Every, "Production", "Urls", "http://localhost:99999", "such as http://localhost:5000"),
        (Every, "Production", "Logging:LogLevel:Default", "Verbose", "Use Trace, Debug"),
        (Every, "Production", "Urls", Taken, "ASPNETCORE_URLS"),
    ];

    public static TheoryData<string, int> Mistakes
    {
        get
        {
            var data = new TheoryData<string, int>();
            for (var i = 0; i < s_mistakes.Length; i++)
            {
                foreach (var host in s_mistakes[i].Hosts.Split(", "))
                {
                    data.Add(host, i);
                }
            }

            return data;
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_typical_first_mistake_is_reported_in_one_sentence_with_the_setting_and_the_remedy(string host, int number)
    {
        var (_, environment, setting, value, remedy) = s_mistakes[number];
        var settings = Right(host);
        settings[setting] = value is Taken or Silent ? Listen(value) : value;
        var (fault, logs) = await StartAsync(host, environment, settings);

        Assert.NotNull(fault);
        var sentences = StartFault.Describe(fault);
        Assert.NotNull(sentences);
        var sentence = Assert.Single(sentences);
        var name = setting switch
        {
            "Urls" => "ASPNETCORE_URLS",
            "Logging:LogLevel:Default" => "Logging:LogLevel (environment: Logging__LogLevel)",
            _ => Named(host, setting),
        };
        Assert.True(
            sentence.Contains(name, StringComparison.Ordinal) || (setting == "McpOidc:Sqlite:Path" && value is null),
            $"The sentence does not name {name}: {sentence}"
        );
        Assert.Contains(Named(host, remedy), sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
        Assert.DoesNotContain(logs.Lines, line => IsPrinted(line) && line.Contains("   at ", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, line => line.Contains(sentence, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("auth server")]
    [InlineData("template")]
    [InlineData("own section")]
    public async Task All_faulty_settings_are_reported_together_and_each_only_once(string host)
    {
        var settings = Right(host);
        settings["McpOidc:Secret"] = "short";
        settings["McpOidc:Issuer"] = "http://auth.example.com";
        settings[Idp + "ClientId"] = null;
        settings[Idp + "CleintId"] = "x";
        settings[Tokens + "AccessTokenLifetime"] = "15m";
        settings[Tokens + "IdentityTokenLifetime"] = "1d";
        var (fault, _) = await StartAsync(host, "Production", settings);

        var sentences = StartFault.Describe(fault!)!;
        Assert.Equal(6, sentences.Count);
        foreach (
            var key in new[] { "McpOidc:Secret", "McpOidc:Issuer", Idp + "ClientId", Idp + "CleintId", Tokens + "AccessTokenLifetime" }
        )
        {
            Assert.Single(sentences, sentence => sentence.StartsWith(Named(host, key) + " ", StringComparison.Ordinal));
        }

        Assert.Contains(sentences, text => text.Contains($"Did you mean {Named(host, Idp)}ClientId?", StringComparison.Ordinal));
        Assert.Contains(sentences, text => text.Contains("1.00:00:00", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("auth server", "McpOidc:Tokens:AcessTokenLifetime", "McpOidc:Tokens:AccessTokenLifetime")]
    [InlineData("auth server", "McpOidc:AccessTokenLifetime", "McpOidc:Tokens:AccessTokenLifetime")]
    [InlineData("template", "McpOidc:IdentityProvider:ClientSecert", "McpOidc:IdentityProvider:ClientSecret")]
    [InlineData("template", "McpOidc:Token:AccessTokenLifetime", "McpOidc:Tokens:AccessTokenLifetime")]
    [InlineData("own section", "McpOidc:Resources:0:Url", "McpOidc:Resources:0:Uri")]
    [InlineData("MCP server", "McpOidc:ResourceServer:Ressource", "McpOidc:ResourceServer:Resource")]
    [InlineData("MCP server", "McpOidc:ResorceServer:Resource", "McpOidc:ResourceServer:Resource")]
    [InlineData("MCP server", "McpOidc:Zebra", null)]
    [InlineData("auth server", "McpOidc:IdentityProvider", "")]
    [InlineData("auth server", "MCPOIDC_TOKENS_ACCESSTOKENLIFETIME", "MCPOIDC__TOKENS__ACCESSTOKENLIFETIME")]
    public async Task An_unknown_setting_causes_a_warning_at_startup(string host, string setting, string? meant)
    {
        var settings = Right(host);
        settings[setting] = "00:10:00";
        var (fault, logs) = await StartAsync(host, "Production", settings);

        Assert.Null(fault);
        var line = Assert.Single(logs.Lines, line => line.Contains("is not a known setting", StringComparison.Ordinal));
        Assert.StartsWith("Warning", line, StringComparison.Ordinal);
        Assert.Contains(Named(host, setting), line, StringComparison.Ordinal);
        var remedy = meant switch
        {
            null => "docs/configuration.md",
            "" => "It is a section",
            _ => $"Did you mean {Named(host, meant)}?",
        };
        Assert.Contains(remedy, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auth server")]
    [InlineData("both")]
    [InlineData("template")]
    [InlineData("own section")]
    [InlineData("MCP server")]
    public async Task A_host_with_correct_settings_starts_without_warnings(string host)
    {
        var settings = Right(host);
        // The settings of several processes in one file.
        settings["McpOidc:Tokens:RefreshTokenLifetime"] = "30.00:00:00";
        settings["McpOidc:ResourceServer:KeyCacheLifetime"] = "00:10:00";
        var (fault, logs) = await StartAsync(host, "Production", settings);
        Assert.Null(fault);
        Assert.DoesNotContain(logs.Lines, line => line.Contains("is not a known setting", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_settings_section_is_known_even_to_a_process_without_its_package() =>
        Assert.Equal(
            Conventions
                .Library.ExportedTypes.Select(type => type.GetField("Section")?.GetRawConstantValue() as string)
                .OfType<string>()
                .Distinct()
                .Order(StringComparer.Ordinal),
            McpOidc.Configuration.SettingNames.All.Order(StringComparer.Ordinal)
        );

    private static bool IsPrinted(string line) =>
        !line.StartsWith("Trace", StringComparison.Ordinal) && !line.StartsWith("Debug", StringComparison.Ordinal);

    private static string Named(string host, string text) =>
        host == "own section"
            ? text.Replace("McpOidc:", "Auth:Mine:", StringComparison.Ordinal)
                .Replace("McpOidc__", "Auth__Mine__", StringComparison.Ordinal)
            : text;

    private string Listen(string value)
    {
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        if (value == Silent)
        {
            _ = AnswerAsync(_listener);
        }

        return value == Taken ? $"http://127.0.0.1:{port}" : $"127.0.0.1:{port},connectTimeout=1000,connectRetry=1";
    }

    // A web server that a Redis client has connected to.
    private static async Task AnswerAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private Dictionary<string, string?> Right(string host)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Urls"] = $"http://127.0.0.1:{Loopback.FreePort()}",
            ["McpOidc:Secret"] = "0123456789012345678901234567890123456789",
            ["McpOidc:Sqlite:Path"] = Path.Combine(_folder.FullName, "store.db"),
            ["McpOidc:TrustedProxies:0"] = "127.0.0.0/8",
        };
        if (host == "MCP server")
        {
            settings["McpOidc:Authority"] = "https://auth.example.com";
            settings["McpOidc:ResourceServer:Resource"] = "https://mcp.example.com/mcp";
            return settings;
        }

        settings["McpOidc:Issuer"] = "https://auth.example.com";
        settings[Both.Contains(host, StringComparison.Ordinal) ? "McpOidc:ResourceServer:Resource" : "McpOidc:Resources:0:Uri"] =
            "https://auth.example.com/mcp";
        settings[Idp + "Issuer"] = "https://idp.example.com";
        settings[Idp + "ClientId"] = "client";
        settings["McpOidc:Registration:ClientIdMetadataDocuments:ProbeInterval"] = "00:00:00";
        return settings;
    }

    private async Task<(Exception? Fault, LogSink Logs)> StartAsync(string host, string environment, Dictionary<string, string?> settings)
    {
        var logs = new LogSink();
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { EnvironmentName = environment, ContentRootPath = _folder.FullName }
        );
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(pair => Named(host, pair.Key), pair => pair.Value));
        builder.Logging.ClearProviders().AddProvider(logs);
        try
        {
            Add(host, builder);
            await using var app = builder.Build();
            app.UseMcpOidc();
            app.MapMcpOidc();
            app.Urls.Add(settings["Urls"]!);
            await app.StartAsync().WaitAsync(s_patience);
            await app.StopAsync().WaitAsync(s_patience);
            return (null, logs);
        }
        catch (Exception exception) when (exception is not TimeoutException)
        {
            return (exception, logs);
        }
    }

    private static void Add(string host, WebApplicationBuilder builder)
    {
        switch (host)
        {
            case "auth server":
                builder.AddServiceDefaults();
                builder.AddMcpOidc().AddAuthorizationServer().AddProcessGuards();
                break;
            case "both":
                builder.AddServiceDefaults();
                builder.AddMcpOidc().AddResourceServer().UseConfiguredStore().AddProcessGuards().AddAuthorizationServer();
                break;
            case "MCP server":
                builder.AddServiceDefaults();
                builder.AddMcpOidc().AddResourceServer().UseConfiguredStore().AddProcessGuards();
                break;
            case "template":
                builder.AddMcpOidc().AddAuthorizationServer().AddResourceServer().AddProcessGuards();
                break;
            default:
                builder.Services.AddMcpOidc(builder.Configuration.GetSection("Auth:Mine")).AddAuthorizationServer().AddProcessGuards();
                break;
        }
    }
}
