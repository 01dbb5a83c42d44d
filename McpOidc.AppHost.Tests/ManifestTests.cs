using System.Diagnostics;
using System.Text.Json.Nodes;

namespace McpOidc.AppHost.Tests;

/// <summary>What is published, looked at as a manifest. A publish without a compute environment succeeds and writes nothing: the file is looked for.</summary>
[Collection("AppHost")]
public sealed class ManifestTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcpoidc-manifest-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Published_are_both_servers_and_Redis_with_everything_else_by_parameter()
    {
        var resources = (await PublishAsync())["resources"]!.AsObject();
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

    private async Task<JsonObject> PublishAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        var file = Path.Combine(_folder.FullName, "aspire-manifest.json");
        var appHost = Path.GetDirectoryName(new Projects.McpOidc_AppHost().ProjectPath)!;
        string[] arguments = ["run", "--no-build", "--project", appHost, "--", "--operation", "publish", "--step", "publish-manifest", "--output-path", file];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(File.Exists(file), $"Nothing was written. {await output} {await errors}");
        return JsonNode.Parse(await File.ReadAllTextAsync(file, limit.Token))!.AsObject();
    }
}
