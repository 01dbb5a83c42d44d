namespace McpOidc.AppHost.Tests;

/// <summary>Sets this process's PATH to a stand-in for a program, or to nothing.</summary>
internal sealed class ProgramOnPath : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcpoidc-path-");
    private readonly string? _before = Environment.GetEnvironmentVariable("PATH");

    public ProgramOnPath(string? program)
    {
        if (program is not null)
        {
            File.WriteAllText(Path.Combine(_folder.FullName, OperatingSystem.IsWindows() ? program + ".exe" : program), "");
        }

        Environment.SetEnvironmentVariable("PATH", _folder.FullName);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _before);
        _folder.Delete(recursive: true);
    }
}
