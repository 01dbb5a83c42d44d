using System.IO.Compression;
using System.Xml.Linq;

namespace McpOidc.Tests.Packages;

/// <summary>What is in the packages.</summary>
[Collection(BuildsOthersCollection.Name)]
public sealed class PackageContentTests(PackedPackages packages)
{
    [Theory]
    [InlineData("McpOidc", "lib/net10.0/McpOidc.dll", "lib/net10.0/McpOidc.xml")]
    [InlineData("McpOidc.Core", "lib/net10.0/McpOidc.Core.dll", "lib/net10.0/McpOidc.Core.xml")]
    [InlineData("McpOidc.ResourceServer", "lib/net10.0/McpOidc.ResourceServer.dll", "lib/net10.0/McpOidc.ResourceServer.xml")]
    [InlineData("McpOidc.Sqlite", "lib/net10.0/McpOidc.Sqlite.dll", "lib/net10.0/McpOidc.Sqlite.xml")]
    [InlineData("McpOidc.Redis", "lib/net10.0/McpOidc.Redis.dll", "lib/net10.0/McpOidc.Redis.xml")]
    [InlineData("McpOidc.Doctor", "lib/net10.0/McpOidc.Doctor.dll", "lib/net10.0/McpOidc.Doctor.xml")]
    [InlineData("McpOidc.DevIdp", "lib/net10.0/McpOidc.DevIdp.dll", "lib/net10.0/McpOidc.DevIdp.xml")]
    [InlineData("McpOidc.Templates", "content/mcp-oidc/.template.config/template.json", "content/mcp-oidc/integrated/Program.cs")]
    public async Task A_package_contains_its_files_a_README_an_icon_and_a_license(string id, params string[] files)
    {
        await packages.PackedAsync();
        await using var package = await ZipFile.OpenReadAsync(packages.Package(id));
        Assert.All([.. files, "README.md", "icon.png"], file => Assert.NotNull(package.GetEntry(file)));
        Assert.Equal("MIT", Nuspec(package, "license")?.Value);
        Assert.Equal("icon.png", Nuspec(package, "icon")?.Value);
        Assert.Equal("README.md", Nuspec(package, "readme")?.Value);
        Assert.Matches("^[0-9a-f]{40}$", Nuspec(package, "repository")?.Attribute("commit")?.Value);
    }

    [Theory]
    [InlineData("McpOidc")]
    [InlineData("McpOidc.Doctor")]
    [InlineData("McpOidc.DevIdp")]
    public async Task The_symbols_are_packed_next_to_the_package(string id)
    {
        await packages.PackedAsync();
        await using var symbols = await ZipFile.OpenReadAsync(packages.Package(id, "snupkg"));
        Assert.NotNull(symbols.GetEntry($"lib/net10.0/{id}.pdb"));
    }

    [Theory]
    [InlineData("McpOidc.Core", "Microsoft.IdentityModel.JsonWebTokens")]
    [InlineData("McpOidc.ResourceServer", "McpOidc.Core", "ModelContextProtocol.Core")]
    [InlineData("McpOidc.Sqlite", "McpOidc.Core", "Microsoft.Data.Sqlite")]
    [InlineData("McpOidc.Redis", "McpOidc.Core", "StackExchange.Redis")]
    [InlineData(
        "McpOidc",
        "Duende.IdentityModel.OidcClient",
        "McpOidc.Redis",
        "McpOidc.ResourceServer",
        "McpOidc.Sqlite",
        "OpenIddict.AspNetCore"
    )]
    public async Task A_package_depends_on_what_it_uses_and_on_no_analyzer(string id, params string[] dependencies)
    {
        await packages.PackedAsync();
        await using var package = await ZipFile.OpenReadAsync(packages.Package(id));
        Assert.Equal(
            dependencies,
            Nuspec(package)
                .Descendants()
                .Where(element => element.Name.LocalName == "dependency")
                .Select(element => element.Attribute("id")!.Value)
                .Order(StringComparer.Ordinal)
        );
    }

    // They use each other's internals: mixed versions in one process would fail at some call.
    [Fact]
    public async Task McpOidc_packages_require_each_other_in_exactly_the_same_version()
    {
        await packages.PackedAsync();
        await using var package = await ZipFile.OpenReadAsync(packages.Package("McpOidc"));
        var own = Nuspec(package)
            .Descendants()
            .Where(element => element.Attribute("id")?.Value.StartsWith("McpOidc.", StringComparison.Ordinal) == true)
            .Select(element => element.Attribute("version")!.Value)
            .ToList();
        Assert.NotEmpty(own);
        Assert.All(own, version => Assert.Equal($"[{packages.Version}]", version));
    }

    private static XElement? Nuspec(ZipArchive package, string element) =>
        Nuspec(package).Descendants().FirstOrDefault(found => found.Name.LocalName == element);

    private static XDocument Nuspec(ZipArchive package)
    {
        using var stream = package.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream);
    }
}
