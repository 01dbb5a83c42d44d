using System.Diagnostics;
using McpOidc.Tests.Conventions;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Documentation;

/// <summary>The commands of docs/standalone.md as written, with the ports, the file and the Redis of this test.</summary>
public sealed class StandaloneGuideTests : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcpoidc-standalone-");
    private readonly List<ProgramProcess> _running = [];
    private readonly string _idp = Origin();
    private readonly string _issuer = Origin();
    private readonly string _mcp = Origin();

    [Fact]
    public Task The_commands_for_a_SQLite_file_start_a_system_where_a_person_can_sign_in() =>
        SignInAsync("Sqlite:Path", "../.data/mcpoidc.db", Path.Combine(_folder.FullName, "mcpoidc.db"));

    [RedisFact]
    public async Task The_commands_for_Redis_start_a_system_where_a_person_can_sign_in()
    {
        await using var redis = await RedisServer.StartAsync();
        await SignInAsync("ConnectionStrings:redis", "localhost:6379", $"localhost:{redis.Port}");
    }

    private async Task SignInAsync(string store, string documented, string actual)
    {
        var block = CodeBlock
            .Of("bash")
            .Single(block => block.File == "docs/standalone.md" && block.Text.Contains(store, StringComparison.Ordinal));
        foreach (var command in ShellCommand.Read(block.Text))
        {
            Assert.Equal(["dotnet", "run", "--project"], command.Words.Take(3));
            var arguments = command
                .Words.Skip(4)
                .Where(word => word != "--")
                .Select(word =>
                    word.Replace(documented, actual, StringComparison.Ordinal)
                        .Replace("http://localhost:4001", _issuer, StringComparison.Ordinal)
                );
            _running.Add(await StartAsync(command.Words[3], [.. arguments]));
        }

        Assert.Equal(3, _running.Count);
        await using var client = await SdkClient.ConnectAsync(_mcp + "/mcp");
        Assert.Contains("Alice Adams", await client.CallAsync("whoami"), StringComparison.Ordinal);
    }

    private Task<ProgramProcess> StartAsync(string project, IEnumerable<string> arguments)
    {
        var (answers, settings) = project switch
        {
            "McpOidc.DevIdp" => (_idp + "/.well-known/openid-configuration", ("DevIdp__Issuer", _idp)),
            "McpOidc.AuthServer" => (_issuer + "/health", ("McpOidc__Issuer", _issuer)),
            _ => (_mcp + "/health", ("McpOidc__ResourceServer__Resource", _mcp + "/mcp")),
        };
        return ProgramProcess.StartAsync(
            new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, project + ".dll"), .. arguments])
            {
                WorkingDirectory = Path.Combine(Repository.Root, project),
            },
            new Uri(answers),
            new Dictionary<string, string>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = new Uri(answers).GetLeftPart(UriPartial.Authority),
                // Stops it when its standard input closes, so that it cannot outlive a killed test run.
                ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location,
                ["McpOidc__IdentityProvider__Issuer"] = _idp,
                ["McpOidc__Resources__0__Uri"] = _mcp + "/mcp",
                [settings.Item1] = settings.Item2,
            }
        );
    }

    private static string Origin() => $"http://localhost:{Loopback.FreePort()}";

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _running)
        {
            await program.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }
}
