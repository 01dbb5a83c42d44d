using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOidc.Tests.Interop;

/// <summary>The programs of others are exactly those that package.json names.</summary>
public sealed partial class PackagesTests
{
    [Fact]
    public void Every_package_is_pinned_to_one_version()
    {
        Assert.All(Pins(), pin => Assert.Matches(ExactVersion(), pin.Value));
    }

    [NodeFact]
    public void The_installed_packages_match_the_pinned_versions()
    {
        Assert.Null(NodeRequirement.Missing);
        Assert.All(
            Pins(),
            pin => Assert.Equal(pin.Value, (string?)Read(Path.Combine(NodeRequirement.ModulesFolder, pin.Key, "package.json"))["version"])
        );
    }

    /// <summary>By the name of the folder; a second version of one package has an alias, <c>npm:name@version</c>.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Pins() =>
        Read(Path.Combine(NodeRequirement.ScriptsFolder, "package.json"))["dependencies"]!
            .AsObject()
            .Select(pin => KeyValuePair.Create(pin.Key, pin.Value!.GetValue<string>().Split('@')[^1]));

    private static JsonObject Read(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();

    [GeneratedRegex(@"^\d+\.\d+\.\d+$")]
    private static partial Regex ExactVersion();
}
