namespace McpOidc.Tests.Conventions;

/// <summary>The source tree that this test run was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The C# files of a project, generated ones left out.</summary>
    public static IEnumerable<string> SourcesOf(string project)
        => Directory.EnumerateFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    public static string Relative(string file) => Path.GetRelativePath(Root, file);

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "McpOidc.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("McpOidc.sln was not found above the test assembly.");
    }
}
