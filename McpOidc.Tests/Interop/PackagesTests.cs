using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOidc.Tests.Interop;

/// <summary>The third-party programs are exactly those in package.json.</summary>
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

    /// <summary>The pinned versions by folder name; a second version of a package has an alias, <c>npm:name@version</c>.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Pins() =>
        Read(Path.Combine(NodeRequirement.ScriptsFolder, "package.json"))["dependencies"]!
            .AsObject()
            .Select(pin => KeyValuePair.Create(pin.Key, pin.Value!.GetValue<string>().Split('@')[^1]));

    private static JsonObject Read(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();

    [GeneratedRegex(@"^\d+\.\d+\.\d+$")]
    private static partial Regex ExactVersion();
}
