namespace McpOidc.Tests.Hosting;

/// <summary>The sources that this assembly was built from.</summary>
public static class SourceTree
{
    /// <summary>The directory that contains McpOidc.sln.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "McpOidc.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has McpOidc.sln.");
    }
}
