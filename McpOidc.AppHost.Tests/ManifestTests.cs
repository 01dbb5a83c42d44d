using System.Text.Json.Nodes;

namespace McpOidc.AppHost.Tests;

/// <summary>The published manifest, which azd reads.</summary>
[Collection(AppHostCollection.Name)]
public sealed class ManifestTests
{
    private static readonly string[] s_servers = ["auth", "mcp"];

    [Fact]
    public async Task The_manifest_matches_the_expected_one() =>
        Assert.Null(await new AppHostExpectation(AppHostProgram.Real).ManifestDifferenceAsync());

    [Fact]
    public void The_manifest_contains_nothing_from_run_mode() =>
        Assert.DoesNotContain(
            AppHostExpectation.Manifest,
            resource => resource.Key is "keycloak" or "idp" || $"{resource.Value}".Contains("localhost", StringComparison.Ordinal)
        );

    [Fact]
    public void Every_secret_in_the_manifest_is_a_secret_parameter()
    {
        var secrets = AppHostExpectation
            .Manifest.Where(resource => resource.Value!["inputs"]?["value"]?["secret"]?.GetValue<bool>() == true)
            .Select(resource => resource.Key);
        string[] expected = ["idp-client-secret", "mcpoidc-operator-key", "mcpoidc-secret", "redis-password"];
        Assert.Equal(expected, secrets.Order(StringComparer.Ordinal));
        Assert.All(s_servers, server => Assert.Equal("{mcpoidc-secret.value}", Environment(server)["McpOidc__Secret"]!.GetValue<string>()));
        Assert.Equal("{mcpoidc-operator-key.value}", Environment("auth")["McpOidc__Admin__Key"]!.GetValue<string>());
        Assert.Equal("{idp-client-secret.value}", Environment("auth")["McpOidc__IdentityProvider__ClientSecret"]!.GetValue<string>());
    }

    [Fact]
    public void Both_servers_are_externally_reachable_and_trust_only_the_proxy() =>
        Assert.All(
            s_servers,
            server =>
            {
                var bindings = AppHostExpectation.Manifest[server]!["bindings"]!.AsObject();
                Assert.All(bindings, binding => Assert.True(binding.Value!["external"]!.GetValue<bool>()));
                Assert.Equal("{trusted-proxies.value}", Environment(server)["McpOidc__TrustedProxies__0"]!.GetValue<string>());
            }
        );

    [Fact]
    public void Redis_persists_its_data_in_a_volume()
    {
        var redis = AppHostExpectation.Manifest["redis"]!;
        Assert.Equal("/data", Assert.Single(redis["volumes"]!.AsArray())!["target"]!.GetValue<string>());
        Assert.Contains("--appendonly yes", redis["args"]!.ToJsonString(), StringComparison.Ordinal);
    }

    private static JsonObject Environment(string server) => AppHostExpectation.Manifest[server]!["env"]!.AsObject();
}
