using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Documentation;

/// <summary>What docs/clients-tested.md says was run: by existing tests, in the installed versions.</summary>
public sealed partial class ClientTableTests
{
    private static readonly string s_section = Section()
        .Match(File.ReadAllText(Path.Combine(Repository.Root, "docs", "clients-tested.md")))
        .Value;

    [Fact]
    public void Every_test_in_the_table_exists_and_every_client_has_one()
    {
        var rows = s_section.Split('\n').Where(line => line.StartsWith('|')).Skip(2).ToArray();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.NotEmpty(Test().Matches(row.Split('|')[^2])));
        Assert.All(Test().Matches(s_section), test => Assert.Contains(test.Groups[1].Value, SecurityCaseTests.Tests));
    }

    [Fact]
    public void Every_package_in_the_table_is_installed_in_the_version_given_there()
    {
        var installed = Npm("Interop").Concat(Npm("Conformance")).Concat(NuGet()).ToDictionary();
        var named = Package().Matches(s_section).Where(package => installed.ContainsKey(package.Groups[1].Value)).ToArray();
        Assert.True(named.Length > 10, $"{named.Length} packages are named.");
        Assert.All(named, package => Assert.Equal(installed[package.Groups[1].Value], package.Groups[2].Value));
    }

    private static Dictionary<string, string> Npm(string folder)
    {
        var file = Path.Combine(Repository.Root, "McpOidc.Tests", folder, "package.json");
        return JsonNode.Parse(File.ReadAllText(file))!["dependencies"]!
            .AsObject()
            .ToDictionary(package => package.Key, package => package.Value!.GetValue<string>().Split('@')[^1]);
    }

    private static Dictionary<string, string> NuGet() =>
        XDocument
            .Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value);

    [GeneratedRegex(@"^## What ran\n.*?(?=^## )", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex Test();

    [GeneratedRegex(@"`(@?[\w./-]+)` (\d[\w.-]*\d)")]
    private static partial Regex Package();
}
