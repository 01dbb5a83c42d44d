using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;

namespace McpOidc.AppHost.Tests;

/// <summary>What is published, looked at as a manifest and as a compose file. A publish without a compute environment succeeds and writes nothing: the file is looked for.</summary>
[Collection("AppHost")]
public sealed class ManifestTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    // "dotnet run" would look for a Debug build otherwise.
    private static readonly string s_configuration = typeof(ManifestTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcpoidc-manifest-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Published_are_both_servers_and_Redis_with_everything_else_by_parameter()
    {
        var resources = (await PublishManifestAsync())["resources"]!.AsObject();
        string[] expected = ["auth", "mcp", "redis", "public-issuer", "public-resource", "idp-issuer", "idp-client-id", "idp-client-secret", "mcpoidc-secret", "mcpoidc-operator-key", "trusted-proxies"];
        Assert.Empty(expected.Except(resources.Select(resource => resource.Key), StringComparer.Ordinal));
        Assert.DoesNotContain(resources, resource => resource.Key is "keycloak" or "idp");
        foreach (var server in new[] { "auth", "mcp" })
        {
            var environment = resources[server]!["env"]!.AsObject();
            Assert.DoesNotContain(environment, variable => $"{variable.Value}".Contains("localhost", StringComparison.Ordinal));
            Assert.Equal("{trusted-proxies.value}", environment["McpOidc__TrustedProxies__0"]!.GetValue<string>());
            Assert.Equal("{mcpoidc-secret.value}", environment["McpOidc__Secret"]!.GetValue<string>());
        }

        Assert.Equal("{public-issuer.value}", resources["auth"]!["env"]!["McpOidc__Issuer"]!.GetValue<string>());
        Assert.Equal("{public-issuer.value}", resources["mcp"]!["env"]!["McpOidc__Authority"]!.GetValue<string>());
    }

    [Fact]
    public async Task Docker_Compose_gets_two_authorization_servers_that_write_nowhere()
    {
        var file = await PublishAsync("docker-compose.yaml", "--step", "publish", "--output-path", _folder.FullName, "--Target=compose");
        var lines = file.ReplaceLineEndings("\n").Split('\n').SkipWhile(line => line != "  auth:").Skip(1).TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal));
        var auth = string.Join('\n', lines);
        Assert.Contains("replicas: 2", auth, StringComparison.Ordinal);
        Assert.Contains("read_only: true", auth, StringComparison.Ordinal);
        Assert.Contains("McpOidc__Issuer: \"${PUBLIC_ISSUER}\"", auth, StringComparison.Ordinal);
    }

    private async Task<JsonObject> PublishManifestAsync()
    {
        const string Name = "aspire-manifest.json";
        var text = await PublishAsync(Name, "--step", "publish-manifest", "--output-path", Path.Combine(_folder.FullName, Name));
        return JsonNode.Parse(text)!.AsObject();
    }

    private async Task<string> PublishAsync(string expected, params string[] steps)
    {
        using var limit = new CancellationTokenSource(s_patience);
        string[] arguments = ["run", "--no-build", "--configuration", s_configuration, "--project", Projects.McpOidc_AppHost.ProjectPath, "--", "--operation", "publish", .. steps];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        var file = Path.Combine(_folder.FullName, expected);
        Assert.True(File.Exists(file), $"Nothing was written. {await output} {await errors}");
        return await File.ReadAllTextAsync(file, limit.Token);
    }
}
