using McpOidc.Registration;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Administration;

/// <summary>How the program handles its arguments, run as a process.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("client", "list")]
    [InlineData("help")]
    [InlineData("--verison")]
    public async Task An_unknown_command_is_refused_and_no_server_starts(params string[] arguments)
    {
        var (code, _, errors) = await AuthServerCommand.RunAsync(arguments);
        Assert.Equal(1, code);
        Assert.Contains(arguments[0], errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("--help")]
    public async Task The_help_and_version_options_need_no_settings(string argument)
    {
        var (code, output, _) = await AuthServerCommand.RunAsync([argument]);
        Assert.Equal(0, code);
        Assert.NotEmpty(output);
    }

    [Theory]
    [InlineData("McpOidc:Secret", null, "McpOidc:Secret (environment: McpOidc__Secret) is missing")]
    [InlineData("McpOidc:DrainTime", "5s", "for instance 00:00:05")]
    [InlineData("McpOidc:Sqlite:Path", "/proc/nowhere/store.db", "McpOidc__Sqlite__Path")]
    [InlineData("ConnectionStrings:redis", "127.0.0.1:1,connectTimeout=500,connectRetry=1", "Run 'doctor'")]
    [InlineData("ConnectionStrings:redis", "redis://127.0.0.1:6379", "is not a valid StackExchange.Redis connection string")]
    public async Task A_command_that_cannot_work_with_its_settings_says_why_without_a_stack_trace(
        string setting,
        string? value,
        string said
    )
    {
        using var store = TestStore.Sqlite();
        var settings = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["McpOidc:Issuer"] = "https://auth.example.com",
            ["McpOidc:Resources:0:Uri"] = "https://mcp.example.com/mcp",
            ["McpOidc:Secret"] = "0123456789012345678901234567890123456789",
            ["McpOidc:Sqlite:Path"] = store.Settings[0].Value,
            ["McpOidc:IdentityProvider:Issuer"] = "https://idp.example.com",
            ["McpOidc:IdentityProvider:ClientId"] = "client",
            [setting] = value,
        };
        foreach (
            var command in (string[][])
                [
                    ["keys", "list"],
                    ["grants", "list"],
                    ["grants", "revoke", "--all"],
                ]
        )
        {
            var (code, output, errors) = await AuthServerCommand.RunAsync(command, [.. settings]);
            Assert.Equal((1, ""), (code, output));
            Assert.Contains(said, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_command_accepts_the_settings_of_the_server_and_reports_an_empty_result()
    {
        using var store = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(store: store);
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.SignInAsync(browser);
        string[] settings =
        [
            .. store.Settings.Select(setting => $"--{setting.Key}={setting.Value}"),
            $"--McpOidc:Issuer={system.Issuer}",
            "--McpOidc:Resources:0:Uri",
            system.Resource,
            $"--McpOidc:IdentityProvider:Issuer={system.Idp!.Issuer}",
            $"--McpOidc:IdentityProvider:ClientId={system.Idp.Options.ClientId}",
            "--environment",
            "Development",
        ];

        var (code, output, errors) = await AuthServerCommand.RunAsync([.. settings, "clients", "list"]);
        Assert.True(code == 0, errors);
        Assert.Contains(ClientIdDigest.Of(client.ClientId), output, StringComparison.Ordinal);

        // B38
        var nameless = OAuthClient.Metadata(client.RedirectUri);
        nameless["client_name"] = "\u3164\uFFA0";
        using var blank = system.CreateClient();
        await blank.RegisterAsync(nameless);
        await blank.SignInAsync(browser);
        (_, output, _) = await AuthServerCommand.RunAsync([.. settings, "clients", "list", "--search", blank.ClientId]);
        Assert.Contains("(without a name)", output, StringComparison.Ordinal);
        (code, output, errors) = await AuthServerCommand.RunAsync(["grants", "list", .. settings, "--search", "nobody"]);
        Assert.Equal((0, ""), (code, output));
        Assert.Contains("Nothing was found in the store", errors, StringComparison.Ordinal);
    }
}
