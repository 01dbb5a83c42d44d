using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOidc.Tests.Conventions;

/// <summary>The AppHost, the realm and the deployment files fit the rest of the system; and a change of any name in them would be found.</summary>
public sealed class AppHostContractTests
{
    public static TheoryData<string, string> Names
    {
        get
        {
            var contract = new AppHostContract();
            var names = new List<(string File, string Name)>();
            foreach (var file in AppHostContract.Files)
            {
                var text = contract.Read(file);
                string[] found =
                [
                    .. AppHostContract.SettingsIn(text),
                    .. file.EndsWith(".cs", StringComparison.Ordinal)
                        ? AppHostContract.ProjectName().Matches(text).Concat(AppHostContract.RelativePath().Matches(text)).Concat(AppHostContract.UrlPath().Matches(text)).Select(match => match.Groups[1].Value)
                            .Concat(AppHostContract.DocumentPath().Matches(text).Select(match => match.Value))
                        : [],
                ];
                names.AddRange([.. found.Distinct(StringComparer.Ordinal).Select(name => (file, name))]);
            }

            names.AddRange([.. Leaves(JsonNode.Parse(contract.Read(AppHostContract.Realm))!).Select(name => (AppHostContract.Realm, name))]);
            names.Add((AppHostContract.Azure, "./McpOidc.AppHost/McpOidc.AppHost.csproj"));
            names.Add((AppHostContract.Azure, "containerapp"));
            names.Add((AppHostContract.Azure, "dotnet"));
            var project = $"{AppHostContract.Folder}/{AppHostContract.Folder}.csproj";
            names.AddRange([.. AppHostContract.ProjectReference().Matches(contract.Read(project)).Concat(AppHostContract.PackageReference().Matches(contract.Read(project))).Select(match => (project, match.Groups[1].Value))]);
            names.AddRange(DeploymentNames());
            var data = new TheoryData<string, string>();
            foreach (var (file, name) in names.Distinct())
            {
                data.Add(file, name);
            }

            return data;
        }
    }

    private static IEnumerable<(string File, string Name)> DeploymentNames()
        =>
        [
            .. In(AppHostContract.Compose, AppHostContract.ComposeVariable()).Select(variable => (variable.Item1, "${" + variable.Item2)), .. In(AppHostContract.ComposeVariables, AppHostContract.ExampleVariable()),
            .. In(AppHostContract.Kubernetes, AppHostContract.KubernetesKey()).Select(key => (key.Item1, "key: " + key.Item2)), .. In("McpOidc.AppHost/AppHost.cs", AppHostContract.Parameter()),
            (AppHostContract.Compose, "image: mcpoidc-auth"), (AppHostContract.Compose, "image: mcpoidc-mcp"), (AppHostContract.Compose, "./Caddyfile"), (AppHostContract.Compose, "replicas"),
            (AppHostContract.Compose, "read_only"), (AppHostContract.Caddy, "a auth"), (AppHostContract.Caddy, "reverse_proxy mcp"), (AppHostContract.Caddy, "/health"),
            (AppHostContract.Kubernetes, "image: mcpoidc-auth"), (AppHostContract.Kubernetes, "path: /alive"), (AppHostContract.Kubernetes, "path: /health"),
            (AppHostContract.Harness, "\"redis"), (AppHostContract.Harness, "\"idp"), (AppHostContract.Harness, "--Containers"), ("docs/deploy-compose.md", "--Target"),
            ("McpOidc.AppHost/ContainerEngine.cs", "\"Containers"), ("McpOidc.AppHost/Deployment.cs", "[\"Target"), ("McpOidc.AppHost/Deployment.cs", "== \"auth"),
            ("McpOidc.AuthServer/McpOidc.AuthServer.csproj", "mcpoidc-auth"), ("McpOidc.McpServer/McpOidc.McpServer.csproj", "noble-chiseled"),
        ];

    private static IEnumerable<(string File, string Name)> In(string file, Regex pattern) => pattern.Matches(new AppHostContract().Read(file)).Select(match => (file, match.Groups[1].Value));

    [Fact]
    public void Everything_fits() => Assert.Empty(new AppHostContract().FindProblems());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_changed_name_would_be_found(string file, string name)
        => Assert.NotEmpty(new AppHostContract((path, text) => path != file ? text : path == AppHostContract.Realm ? text.Replace($"\"{name}\"", $"\"{name}x\"", StringComparison.Ordinal) : Change(text, name)).FindProblems());

    [Fact]
    public void There_is_something_to_look_at() => Assert.True(Names.Count > 150, $"Only {Names.Count} names were found.");

    [Fact]
    public void The_picture_of_the_system_is_one_page()
        => Assert.InRange(File.ReadLines(Path.Combine(Repository.Root, AppHostContract.Folder, "AppHost.cs")).Count(), 1, 80);

    // A longer name that begins alike stays: each is changed by itself.
    private static string Change(string text, string name)
    {
        var at = 0;
        while ((at = text.IndexOf(name, at, StringComparison.Ordinal)) >= 0 && at + name.Length < text.Length && (char.IsLetterOrDigit(text[at + name.Length]) || text[at + name.Length] == '_'))
        {
            at += name.Length;
        }

        Assert.True(at >= 0, $"{name} was not found.");
        return text[..(at + name.Length)] + "x" + text[(at + name.Length)..];
    }

    // Every member's name, and every text but what is only told to people.
    private static IEnumerable<string> Leaves(JsonNode node) => node switch
    {
        JsonObject members => members.SelectMany(member => (member.Key is "displayName" or "name" or "description" or "firstName" or "lastName" ? [] : Leaves(member.Value!)).Prepend(member.Key)),
        JsonArray items => items.SelectMany(item => Leaves(item!)),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
        _ => [],
    };
}
