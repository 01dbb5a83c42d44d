using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Doctor;

/// <summary><c>dotnet run --project McpOidc.AuthServer -- doctor</c>, as a process.</summary>
public sealed class DoctorCommandTests
{
    [Fact]
    public async Task The_doctor_lists_each_problem_with_its_remedy_and_exits_with_code_1()
    {
        var (code, output, errors) = await RunAsync(["doctor"], new KeyValuePair<string, string?>("McpOidc:Secret", "short"));
        Assert.True(code == 1, errors);
        Assert.Empty(errors);
        Assert.Contains(
            "problem  configuration: McpOidc:Secret (environment: McpOidc__Secret) has only 5 characters.",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains("→ Use at least 32 random characters", output, StringComparison.Ordinal);
        Assert.Contains("docs/doctor.md", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_exits_with_code_0_for_a_healthy_installation_and_accepts_settings_as_arguments_too()
    {
        using var store = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Secret", Examine.Secret), store);
        string[] arguments =
        [
            "doctor",
            "--json",
            "--environment=Development",
            $"--McpOidc:Issuer={system.Issuer}",
            "--McpOidc:Resources:0:Uri",
            system.Resource,
            $"--McpOidc:IdentityProvider:Issuer={system.Idp!.Issuer}",
            $"--McpOidc:IdentityProvider:ClientId={system.Idp.Options.ClientId}",
            "--McpOidc:IdentityProvider:Scopes=openid offline_access",
        ];
        var (code, output, errors) = await RunAsync(
            arguments,
            [
                .. store.Settings,
                new("McpOidc:Secret", Examine.Secret),
                new("McpOidc:IdentityProvider:ClientSecret", system.Idp.Options.ClientSecret),
            ]
        );
        Assert.True(code == 0, output + errors);
        var report = JsonNode.Parse(output)!;
        Assert.True((bool)report["healthy"]!);
        Assert.All(report["findings"]!.AsArray(), finding => Assert.Equal("ok", (string)finding!["outcome"]!));
        Assert.DoesNotContain(Examine.Secret, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_walk_needs_no_settings_and_refuses_an_invalid_URL()
    {
        await using var server = await StandInMcpServer.StartAsync();
        var (code, output, errors) = await RunAsync(["doctor", "--client", server.Resource]);
        Assert.True(code == 0, output + errors);
        Assert.Contains("ok       Claude Code: Reaches the sign-in", output, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(["doctor", "--client", "nonsense"])).Code);
    }

    [Fact]
    public async Task A_settings_file_that_is_not_JSON_is_a_problem_and_its_content_is_not_shown()
    {
        var directory = Directory.CreateTempSubdirectory("mcpoidc-doctor-");
        await File.WriteAllTextAsync(
            Path.Combine(directory.FullName, "appsettings.json"),
            """{ "McpOidc": { "Secret": "somebodys-secret-in-a-broken-file """
        );
        var (code, output, errors) = await RunAsync(["doctor", $"--contentRoot={directory.FullName}"]);
        directory.Delete(recursive: true);
        Assert.Equal((1, ""), (code, errors));
        Assert.Contains("problem  configuration: A settings file cannot be read", output, StringComparison.Ordinal);
        Assert.DoesNotContain("somebodys-secret", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--jsn")]
    [InlineData("everything")]
    public async Task An_argument_that_is_neither_an_option_nor_a_setting_is_refused(string argument)
    {
        var (code, output, errors) = await RunAsync(["doctor", argument]);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(argument, errors, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output, string Errors)> RunAsync(
        string[] arguments,
        params KeyValuePair<string, string?>[] settings
    ) => AuthServerCommand.RunAsync(arguments, settings);
}
