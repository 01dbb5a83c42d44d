using System.Globalization;
using McpOidc.Tests.Conventions;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Packages;

/// <summary>
/// The packages as they would be published, under a version not seen before, in a folder that serves as a feed next to the usual one; and a
/// developer's machine with the templates installed. Everything is in one folder per run, so that no cache can answer for it.
/// </summary>
public sealed class PackedPackages : IAsyncLifetime
{
    private static readonly string[] s_projects =
    [
        .. Repository.Libraries.Select(library => "src/" + library),
        "McpOidc.DevIdp",
        "templates",
    ];
    private readonly Lazy<Task> _packed;

    public PackedPackages() => _packed = new Lazy<Task>(PackAsync);

    /// <summary>For example <c>0.1.0-test.638961234567890000</c>.</summary>
    public string Version { get; } = string.Create(CultureInfo.InvariantCulture, $"0.1.0-test.{DateTime.UtcNow.Ticks}");

    /// <summary>The folder with everything from this run.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("mcpoidc-packages-").FullName;

    /// <summary>The folder with the packages.</summary>
    public string Feed => Path.Combine(Folder, "feed");

    /// <summary>The path of a package.</summary>
    public string Package(string id, string extension = "nupkg") => Path.Combine(Feed, $"{id}.{Version}.{extension}");

    /// <summary>Packs on the first call.</summary>
    public Task PackedAsync() => _packed.Value;

    /// <summary>Creates projects with <c>dotnet new mcp-oidc</c> and builds them.</summary>
    /// <returns>The folder with the projects.</returns>
    public async Task<string> CreateAsync(string name, params string[] options)
    {
        await PackedAsync();
        var folder = Path.Combine(Folder, name);
        await RunAsync([
            "new",
            "mcp-oidc",
            "--debug:custom-hive",
            Path.Combine(Folder, "hive"),
            "--output",
            folder,
            "--name",
            name,
            .. options,
        ]);
        return folder;
    }

    /// <summary>Builds a project in Debug.</summary>
    /// <returns>Its assembly.</returns>
    public async Task<string> BuildAsync(string folder, string project, string configuration = "Debug")
    {
        await RunAsync("build", folder, "--configuration", configuration, "-warnaserror", "-v", "quiet");
        return Path.Combine(folder, "bin", configuration, "net10.0", project + ".dll");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }

    private async Task PackAsync()
    {
        // Analyzers already ran when the solution was built.
        foreach (var project in s_projects)
        {
            await DotnetCommand.RunAsync(
                SourceTree.Root,
                new Dictionary<string, string>(),
                "pack",
                project,
                "--configuration",
                "Release",
                "--output",
                Feed,
                "--artifacts-path",
                Path.Combine(Folder, "artifacts"),
                $"-p:Version={Version}",
                "-p:RunAnalyzers=false",
                "-v",
                "quiet"
            );
        }

        await File.WriteAllTextAsync(
            Path.Combine(Folder, "nuget.config"),
            $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{Feed}" />
              </packageSources>
            </configuration>
            """
        );
        await RunAsync("new", "install", "--debug:custom-hive", Path.Combine(Folder, "hive"), Package("McpOidc.Templates"));
    }

    private Task<string> RunAsync(params string[] arguments) =>
        DotnetCommand.RunAsync(
            Folder,
            new Dictionary<string, string>
            {
                // Third-party packages need not be fetched again.
                ["NUGET_PACKAGES"] = Path.Combine(Folder, "packages"),
                ["NUGET_FALLBACK_PACKAGES"] =
                    Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                    ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
            },
            arguments
        );
}
