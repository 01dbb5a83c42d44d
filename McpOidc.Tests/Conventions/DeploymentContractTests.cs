using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOidc.Tests.Conventions;

/// <summary>The realm and the deployment files match the rest of the system; and a change to any name in them is detected.</summary>
public sealed class DeploymentContractTests
{
    public static TheoryData<string, string> Names
    {
        get
        {
            var contract = new DeploymentContract();
            var names = new List<(string File, string Name)>();
            foreach (var file in DeploymentContract.Files)
            {
                names.AddRange(DeploymentContract.SettingsIn(contract.Read(file)).Select(name => (file, name)));
            }

            names.AddRange([
                .. Leaves(JsonNode.Parse(contract.Read(DeploymentContract.Realm))!).Select(name => (DeploymentContract.Realm, name)),
            ]);
            names.Add((DeploymentContract.Azure, "./McpOidc.AppHost/McpOidc.AppHost.csproj"));
            names.Add((DeploymentContract.Azure, "containerapp"));
            names.Add((DeploymentContract.Azure, "dotnet"));
            names.AddRange(DeploymentNames());
            var data = new TheoryData<string, string>();
            foreach (var (file, name) in names.Distinct())
            {
                data.Add(file, name);
            }

            return data;
        }
    }

    private static IEnumerable<(string File, string Name)> DeploymentNames() =>
        [
            .. In(DeploymentContract.Compose, DeploymentContract.ComposeVariable())
                .Select(variable => (variable.Item1, "${" + variable.Item2)),
            .. In(DeploymentContract.ComposeVariables, DeploymentContract.ExampleVariable()),
            .. In(DeploymentContract.Kubernetes, DeploymentContract.KubernetesKey()).Select(key => (key.Item1, "key: " + key.Item2)),
            (DeploymentContract.Compose, "image: mcpoidc-auth"),
            (DeploymentContract.Compose, "image: mcpoidc-mcp"),
            (DeploymentContract.Compose, "./Caddyfile"),
            (DeploymentContract.Compose, "replicas"),
            (DeploymentContract.Compose, "read_only"),
            (DeploymentContract.Caddy, "mcpoidc-auth-1"),
            (DeploymentContract.Caddy, "mcpoidc-auth-2"),
            (DeploymentContract.Caddy, "mcpoidc-mcp-1"),
            (DeploymentContract.Caddy, "mcpoidc-mcp-2"),
            (DeploymentContract.Caddy, "/health"),
            (DeploymentContract.Kubernetes, "image: mcpoidc-auth"),
            (DeploymentContract.Kubernetes, "kind: PodDisruptionBudget"),
            (DeploymentContract.Kubernetes, "automountServiceAccountToken: false"),
            (DeploymentContract.Kubernetes, "path: /alive"),
            (DeploymentContract.Kubernetes, "path: /health"),
            ("McpOidc.AuthServer/McpOidc.AuthServer.csproj", "mcpoidc-auth"),
            ("McpOidc.McpServer/McpOidc.McpServer.csproj", "noble-chiseled"),
        ];

    private static IEnumerable<(string File, string Name)> In(string file, Regex pattern) =>
        pattern.Matches(new DeploymentContract().Read(file)).Select(match => (file, match.Groups[1].Value));

    [Fact]
    public void Everything_fits() => Assert.Empty(new DeploymentContract().FindProblems());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_changed_name_is_detected(string file, string name) =>
        Assert.NotEmpty(
            new DeploymentContract(
                (path, text) =>
                    path != file ? text
                    : path == DeploymentContract.Realm ? text.Replace($"\"{name}\"", $"\"{name}x\"", StringComparison.Ordinal)
                    : Change(text, name)
            ).FindProblems()
        );

    [Fact]
    public void The_deployment_files_contain_names_to_check() => Assert.True(Names.Count > 100, $"Only {Names.Count} names were found.");

    // Skips longer names with the same prefix: each is changed separately.
    private static string Change(string text, string name)
    {
        var at = 0;
        while (
            (at = text.IndexOf(name, at, StringComparison.Ordinal)) >= 0
            && at + name.Length < text.Length
            && (char.IsLetterOrDigit(text[at + name.Length]) || text[at + name.Length] == '_')
        )
        {
            at += name.Length;
        }

        Assert.True(at >= 0, $"{name} was not found.");
        return text[..(at + name.Length)] + "x" + text[(at + name.Length)..];
    }

    // The names of all members, and all texts except those displayed to users.
    private static IEnumerable<string> Leaves(JsonNode node) =>
        node switch
        {
            JsonObject members => members.SelectMany(member =>
                (member.Key is "displayName" or "name" or "description" or "firstName" or "lastName" ? [] : Leaves(member.Value!)).Prepend(
                    member.Key
                )
            ),
            JsonArray items => items.SelectMany(item => Leaves(item!)),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
            _ => [],
        };
}
