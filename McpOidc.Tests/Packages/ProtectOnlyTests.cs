using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Packages;

/// <summary>The dependencies of an MCP server protected by an authorization server elsewhere.</summary>
public sealed class ProtectOnlyTests
{
    // The sample keeps its sign-ins in the authorization server's SQLite file and references nothing else.
    [Theory]
    [InlineData("OpenIddict")]
    [InlineData("Duende")]
    [InlineData("StackExchange.Redis")]
    [InlineData("McpOidc/")]
    public void A_resource_server_has_no_dependencies_of_an_authorization_server(string unwanted) =>
        Assert.DoesNotContain(LibrariesOf("ProtectExisting"), library => library.StartsWith(unwanted, StringComparison.Ordinal));

    [Theory]
    [InlineData("McpOidc.ResourceServer/")]
    [InlineData("McpOidc.Sqlite/")]
    public void A_resource_server_has_the_dependencies_that_it_needs(string wanted) =>
        Assert.Contains(LibrariesOf("ProtectExisting"), library => library.StartsWith(wanted, StringComparison.Ordinal));

    private static List<string> LibrariesOf(string sample)
    {
        var file = Path.Combine(SourceTree.Root, "samples", sample, "bin", BuildConfiguration, "net10.0", sample + ".deps.json");
        return [.. JsonNode.Parse(File.ReadAllText(file))!["libraries"]!.AsObject().Select(library => library.Key)];
    }

    private static string BuildConfiguration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
}
