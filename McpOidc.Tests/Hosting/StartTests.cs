using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Tests.Hosting;

/// <summary>How the shipped programs start, or explain in one sentence why they cannot.</summary>
public sealed class StartTests : IDisposable
{
    private const string AuthServer = "McpOidc.AuthServer.dll";
    private const string McpServer = "McpOidc.McpServer.dll";
    private const string ProtectExisting = "ProtectExisting.dll";
    private const string DevIdp = "McpOidc.DevIdp.dll";
    private const string Taken = "(taken)";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcpoidc-start-");

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string, string> Unusable =>
        new()
        {
            { AuthServer, "text" },
            { AuthServer, "damaged" },
            { AuthServer, "foreign" },
            { AuthServer, "later" },
            { AuthServer, "below a file" },
            { AuthServer, "a folder" },
            { McpServer, "text" },
            { McpServer, "foreign" },
            { McpServer, "below a file" },
        };

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task A_file_that_cannot_be_the_store_is_reported_in_one_sentence_and_left_unchanged(string program, string fault)
    {
        var path = await MakeAsync(fault);
        var before = File.Exists(path) ? await File.ReadAllBytesAsync(path) : null;
        var (code, output, errors) = await RunAsync(program, new() { ["McpOidc__Sqlite__Path"] = path });

        Assert.Equal(1, code);
        var sentence = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(path, sentence, StringComparison.Ordinal);
        Assert.Contains("McpOidc:Sqlite:Path (environment: McpOidc__Sqlite__Path)", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.Equal(before, File.Exists(path) ? await File.ReadAllBytesAsync(path) : null);
    }

    [Fact]
    public async Task A_wrong_setting_is_reported_in_one_sentence()
    {
        var (code, output, errors) = await RunAsync(
            AuthServer,
            new() { ["McpOidc__Sqlite__Path"] = Path.Combine(_folder.FullName, "store.db"), ["McpOidc__DrainTime"] = "00:05:00" }
        );
        Assert.Equal(1, code);
        var sentence = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("McpOidc:DrainTime (environment: McpOidc__DrainTime)", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
    }

    // ProtectExisting is a plain host that catches no exceptions. DevIdp does not use McpOidc.
    [Theory]
    [InlineData(AuthServer, "McpOidc__Tokens__AccessTokenLifetime", "15m", "00:15:00")]
    [InlineData(McpServer, "McpOidc__Secret", "short", "at least 32")]
    [InlineData(McpServer, "McpOidc__Authority", "", "McpOidc__IdentityProvider__Issuer")]
    [InlineData(ProtectExisting, "McpOidc__Authority", "http://auth.example.test", "https issuer")]
    [InlineData(ProtectExisting, "ASPNETCORE_URLS", Taken, "address already in use")]
    [InlineData(AuthServer, "ASPNETCORE_URLS", Taken, "address already in use")]
    [InlineData(DevIdp, "ASPNETCORE_ENVIRONMENT", "Production", "does not start in Production")]
    public async Task A_process_that_cannot_start_prints_each_sentence_once_and_exits_with_code_1(
        string program,
        string variable,
        string value,
        string said
    )
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var settings = new Dictionary<string, string>
        {
            ["McpOidc__Sqlite__Path"] = Path.Combine(_folder.FullName, "store.db"),
            [variable] = value == Taken ? $"http://{listener.LocalEndpoint}" : value,
        };
        var (code, output, errors) = await RunAsync(program, settings);

        Assert.Equal(1, code);
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Distinct(), lines);
        Assert.Contains(said, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", errors, StringComparison.Ordinal);
        Assert.All(lines, line => Assert.DoesNotContain(line, output, StringComparison.Ordinal));
    }

    // A second start of the reference server.
    [Fact]
    public async Task A_demo_identity_provider_whose_port_is_in_use_is_reported_in_one_sentence_with_its_setting()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (code, output, errors) = await RunAsync(
            McpServer,
            new()
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["McpOidc__Authority"] = "",
                ["McpOidc__Sqlite__Path"] = Path.Combine(_folder.FullName, "store.db"),
                ["DevIdp__Issuer"] = $"http://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}",
            }
        );

        Assert.Equal(1, code);
        Assert.Contains(
            "DevIdp:Issuer",
            Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AuthServer)]
    [InlineData(McpServer)]
    public async Task Every_log_line_is_JSON_with_structured_values_if_the_settings_ask_for_it(string program)
    {
        var port = Loopback.FreePort();
        await using var process = await StartAsync(program, port, new() { ["Logging__Console__FormatterName"] = "json" });
        if (program == AuthServer)
        {
            using var client = new OAuthClient($"http://127.0.0.1:{port}", "https://mcp.example.test/mcp");
            using var request = new HttpRequestMessage(HttpMethod.Post, client.Issuer + "/register")
            {
                Content = new StringContent(OAuthClient.StoredMetadata(client.RedirectUri).ToJsonString(), null, "application/json"),
            };
            request.Headers.Host = "auth.example.test";
            request.Headers.Add("X-Forwarded-Proto", "https");
            using var answer = await client.Http.SendAsync(request);
            Assert.Equal(201, (int)answer.StatusCode);
            await process.WaitForOutputAsync("McpOidc.Audit");
        }

        var lines = process
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!.AsObject())
            .ToList();
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.NotNull(line["EventId"]));
        if (program == AuthServer)
        {
            var audit = lines.First(line => line["Category"]!.ToString() == "McpOidc.Audit");
            Assert.NotEmpty(audit["State"]!["ClientId"]!.ToString());
        }
    }

    [Fact]
    public void Settings_next_to_the_program_have_lowest_priority_and_apply_if_the_working_directory_has_none()
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = _folder.FullName, EnvironmentName = "Production" }
        );
        builder.Configuration.AddInMemoryCollection([new("Logging:LogLevel:Polly", "Error")]);
        builder.AddSettingsBesideProgram();
        Assert.Equal("Warning", builder.Configuration["Logging:LogLevel:Microsoft.AspNetCore"]);
        Assert.Equal("Error", builder.Configuration["Logging:LogLevel:Polly"]);

        File.WriteAllText(Path.Combine(_folder.FullName, "appsettings.json"), "{}");
        var other = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = _folder.FullName });
        other.AddSettingsBesideProgram();
        Assert.Null(other.Configuration["Logging:LogLevel:Microsoft.AspNetCore"]);
    }

    [Fact]
    public async Task After_SIGTERM_health_is_503_while_requests_are_served_and_a_second_SIGTERM_ends_the_process()
    {
        var port = Loopback.FreePort();
        await using var process = await StartAsync(AuthServer, port, new() { ["McpOidc__DrainTime"] = "00:01:00" });
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var origin = $"http://127.0.0.1:{port}";

        await process.SignalAsync("TERM");
        await process.WaitForOutputAsync("McpOidc:DrainTime");
        using var health = await http.GetAsync(new Uri(origin + "/health"));
        Assert.Equal(503, (int)health.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, origin + "/jwks");
        request.Headers.Host = "auth.example.test";
        request.Headers.Add("X-Forwarded-Proto", "https");
        using var served = await http.SendAsync(request);
        Assert.Equal(200, (int)served.StatusCode);
        Assert.True(served.Headers.ConnectionClose);
        using var alive = await http.GetAsync(new Uri(origin + "/alive"));
        Assert.Equal(200, (int)alive.StatusCode);

        Assert.Equal(0, await process.TerminateAsync(s_patience));
        Assert.DoesNotContain("mcpoidc-drain", process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", "Production", "00:01:00", "")]
    [InlineData("TERM", "Development", "00:01:00", "")]
    [InlineData("TERM", "Production", "00:00:00", "")]
    [InlineData("TERM", "Production", "", "10.0.0.1")]
    public async Task The_process_does_not_drain_after_Ctrl_C_in_Development_or_when_the_platform_drains(
        string signal,
        string environment,
        string drainTime,
        string kubernetes
    )
    {
        var port = Loopback.FreePort();
        await using var process = await StartAsync(
            AuthServer,
            port,
            new()
            {
                ["McpOidc__DrainTime"] = drainTime,
                ["KUBERNETES_SERVICE_HOST"] = kubernetes,
                ["ASPNETCORE_ENVIRONMENT"] = environment,
            }
        );
        await process.SignalAsync(signal);
        Assert.Equal(0, await process.WaitForExitAsync(s_patience));
        Assert.DoesNotContain("McpOidc:DrainTime", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_is_told_to_stop_while_it_starts_exits_without_a_fault()
    {
        var path = Path.Combine(_folder.FullName, "store.db");
        await using var locking = new SqliteConnection($"Data Source={path};Pooling=False");
        await locking.OpenAsync();
        using var command = locking.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync();
        var (code, output, errors) = await RunAsync(
            AuthServer,
            new() { ["McpOidc__Sqlite__Path"] = path, ["McpOidc__DrainTime"] = "00:00:00" },
            async process =>
            {
                using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
                while (!new DirectoryInfo($"/proc/{process.Id}/fd").EnumerateFiles().Any(file => file.LinkTarget == path))
                {
                    await pulse.WaitForNextTickAsync();
                }

                using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {process.Id}"]);
                await kill.WaitForExitAsync();
            }
        );
        Assert.True(code == 0, errors + output);
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
    }

    private async Task<string> MakeAsync(string fault)
    {
        var path = Path.Combine(_folder.FullName, "store.db");
        switch (fault)
        {
            case "text":
                await File.WriteAllTextAsync(path, new string('x', 10_000));
                break;
            case "damaged":
                await using (var store = new McpOidc.Storage.SqliteStore(path, TimeProvider.System))
                {
                    await store.GetAsync("nothing");
                }

                var bytes = await File.ReadAllBytesAsync(path);
                bytes.AsSpan(100).Fill(0xAA);
                await File.WriteAllBytesAsync(path, bytes);
                break;
            case "foreign":
                Execute(path, "CREATE TABLE records (id INTEGER PRIMARY KEY, title TEXT)");
                break;
            case "later":
                await using (var store = new McpOidc.Storage.SqliteStore(path, TimeProvider.System))
                {
                    await store.GetAsync("nothing");
                }

                Execute(path, "PRAGMA user_version = 7");
                break;
            case "below a file":
                await File.WriteAllTextAsync(path, "");
                path = Path.Combine(path, "store.db");
                break;
            case "a folder":
                Directory.CreateDirectory(path);
                break;
        }

        return path;
    }

    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString
        );
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(
        string program,
        Dictionary<string, string> settings,
        Func<Process, Task>? meanwhile = null
    )
    {
        var start = CreateStart(program, Loopback.FreePort(), settings);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var limit = new CancellationTokenSource(s_patience);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await (meanwhile?.Invoke(process) ?? Task.CompletedTask).WaitAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }

        return (process.ExitCode, await output, await errors);
    }

    private Task<ProgramProcess> StartAsync(string program, int port, Dictionary<string, string> settings)
    {
        settings.TryAdd("McpOidc__Sqlite__Path", Path.Combine(_folder.FullName, "store.db"));
        settings["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        var start = CreateStart(program, port, settings);
        return ProgramProcess.StartAsync(start, new Uri($"http://127.0.0.1:{port}/alive"), settings);
    }

    private ProcessStartInfo CreateStart(string program, int port, Dictionary<string, string> settings)
    {
        string[] command = ["dotnet", "exec", Path.Combine(AppContext.BaseDirectory, program)];
        // Tests that run in the background inherit an ignored SIGINT.
        var start = OperatingSystem.IsLinux()
            ? new ProcessStartInfo("env", ["--default-signal=INT", .. command])
            : new ProcessStartInfo(command[0], command[1..]);
        start.WorkingDirectory = _folder.FullName;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}";
        start.Environment["McpOidc__Secret"] = "0123456789012345678901234567890123456789";
        if (program != ProtectExisting)
        {
            // Only for processes with AddProcessGuards().
            start.Environment["McpOidc__TrustedProxies__0"] = "127.0.0.0/8";
        }

        if (program == AuthServer)
        {
            start.Environment["McpOidc__Issuer"] = "https://auth.example.test";
            start.Environment["McpOidc__Resources__0__Uri"] = "https://mcp.example.test/mcp";
            start.Environment["McpOidc__IdentityProvider__Issuer"] = "https://idp.example.test";
            start.Environment["McpOidc__IdentityProvider__ClientId"] = "client";
            start.Environment["McpOidc__IdentityProvider__ClientSecret"] = "secret";
            start.Environment["McpOidc__Registration__ClientIdMetadataDocuments__ProbeInterval"] = "00:00:00";
        }
        else
        {
            start.Environment["McpOidc__Authority"] = "https://auth.example.test";
            start.Environment["McpOidc__ResourceServer__Resource"] = "https://mcp.example.test/mcp";
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
