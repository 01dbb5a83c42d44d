using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Conventions;

/// <summary>The source tree that this test run was built from.</summary>
internal static class Repository
{
    public static string Root => SourceTree.Root;

    /// <summary>The libraries.</summary>
    public static IEnumerable<string> Libraries =>
        Directory.EnumerateDirectories(Path.Combine(Root, "src")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    /// <summary>The folder of a project; libraries are in <c>src</c>.</summary>
    public static string FolderOf(string project) =>
        Path.Combine([Root, .. Libraries.Contains(project) ? ["src"] : Array.Empty<string>(), project]);

    /// <summary>The C# files of a project, except generated ones.</summary>
    public static IEnumerable<string> SourcesOf(string project) =>
        Directory
            .EnumerateFiles(FolderOf(project), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    public static string Relative(string file) => Path.GetRelativePath(Root, file);
}
