using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Conventions;

/// <summary>The product works with any identity provider: it must contain no knowledge of the demo one.</summary>
public sealed class NoKnowledgeOfDevIdpTests
{
    private static readonly string[] s_built = ["bin", "obj"];

    [Theory]
    [InlineData("src")]
    [InlineData("McpOidc.AuthServer")]
    public void No_source_file_mentions_the_demo_identity_provider(string project)
    {
        var folder = Path.Combine(SourceTree.Root, project);
        var files = Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(s_built.Contains))
            .Where(file => !Path.GetFileName(file).StartsWith("appsettings", StringComparison.OrdinalIgnoreCase))
            .ToList();

        Assert.NotEmpty(files);
        Assert.DoesNotContain(
            files,
            file =>
                file.Contains("devidp", StringComparison.OrdinalIgnoreCase)
                || File.ReadAllText(file).Contains("devidp", StringComparison.OrdinalIgnoreCase)
        );
    }
}
