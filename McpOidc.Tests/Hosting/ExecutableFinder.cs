namespace McpOidc.Tests.Hosting;

/// <summary>Finds programs.</summary>
public static class ExecutableFinder
{
    /// <summary>The full path of a program, or <see langword="null"/> when it is not on PATH.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, OperatingSystem.IsWindows() ? program + ".exe" : program))
            .FirstOrDefault(File.Exists);
}
