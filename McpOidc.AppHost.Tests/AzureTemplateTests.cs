using System.Text.RegularExpressions;

namespace McpOidc.AppHost.Tests;

/// <summary>
/// The templates that azd uses instead of generating them (<c>McpOidc.AppHost/infra</c>) include everything in the manifest, and more.
/// </summary>
public sealed partial class AzureTemplateTests
{
    // Set by azd.
    private const string Identity = "AZURE_CLIENT_ID";

    public static TheoryData<string, int> Servers => new() { { "auth", 2 }, { "mcp", 1 } };

    [Theory]
    [MemberData(nameof(Servers))]
    public void A_template_sets_the_variables_of_the_manifest(string server, int replicas)
    {
        var (text, expected) = (Read(server), AppHostExpectation.Manifest[server]!["env"]!.AsObject());
        var given = Variable().Matches(text).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Assert.Equal(expected.Select(variable => variable.Key).Append(Identity).Order(), given.Keys.Order());
        foreach (
            var (name, value) in expected.Where(variable =>
                variable.Value!.GetValue<string>().EndsWith(".value}", StringComparison.Ordinal)
            )
        )
        {
            var parameter = value!.GetValue<string>()[1..^".value}".Length];
            var isSecret = AppHostExpectation.Manifest[parameter]!["inputs"]!["value"]!["secret"] is not null;
            Assert.Equal(isSecret ? $"secretRef: {SecretName(name)}" : $"value: {Reference(parameter)}", given[name]);
            var secret = $"- name: {SecretName(name)}\n        value: {{{{ securedParameter \"{parameter.Replace('-', '_')}\" }}}}\n";
            Assert.True(!isSecret || text.Contains(secret, StringComparison.Ordinal), name);
        }

        Assert.Contains($"minReplicas: {replicas}\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public void A_template_has_probes_a_replica_maximum_and_a_sufficient_termination_grace_period(string server, int replicas)
    {
        var text = Read(server);
        Assert.Contains("path: /alive\n", text, StringComparison.Ordinal);
        Assert.Contains("path: /health\n", text, StringComparison.Ordinal);
        Assert.True(NumberAfter("maxReplicas:", text) > replicas);
        Assert.InRange(NumberAfter("terminationGracePeriodSeconds:", text), 31, 600);
        Assert.Contains($"azd-service-name: {server}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_manifest_parameter_is_explained_in_the_Azure_guide()
    {
        var guide = File.ReadAllText(Path.Combine(Projects.McpOidc_AppHost.ProjectPath, "..", "docs", "deploy-azure.md"));
        var asked = AppHostExpectation.Manifest.Where(resource =>
            resource.Value!["type"]!.GetValue<string>() == "parameter.v0" && resource.Key != "redis-password"
        );
        Assert.All(asked, parameter => Assert.Contains($"`{parameter.Key.Replace('-', '_')}`", guide, StringComparison.Ordinal));
    }

    private static int NumberAfter(string word, string text) =>
        int.Parse(Number().Match(text, text.IndexOf(word, StringComparison.Ordinal)).Value, CultureInfo.InvariantCulture);

    private static string SecretName(string variable) => variable.ToLowerInvariant().Replace("__", "--", StringComparison.Ordinal);

    private static string Reference(string parameter)
    {
        var (name, value) = (
            parameter.Replace('-', '_'),
            AppHostExpectation.Manifest[parameter]!["inputs"]!["value"]!["default"]?["value"]
        );
        return value is null ? $"{{{{ parameter \"{name}\" }}}}" : $"{{{{ parameterWithDefault \"{name}\" \"{value}\" }}}}";
    }

    private static string Read(string server) =>
        File.ReadAllText(Path.Combine(Projects.McpOidc_AppHost.ProjectPath, "infra", $"{server}.tmpl.yaml")).ReplaceLineEndings("\n");

    [GeneratedRegex("^          - name: (.+)\n            (.+)$", RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
