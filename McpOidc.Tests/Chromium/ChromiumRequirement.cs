using McpOidc.Tests.Hosting;
using McpOidc.Tests.Interop;

namespace McpOidc.Tests.Chromium;

/// <summary>Whether this machine can run a real browser.</summary>
public static class ChromiumRequirement
{
    private static readonly string[] s_programs = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly string[] s_packages = ["playwright-core", "axe-core", "esbuild", "react-dom", "use-mcp"];

    /// <summary>What is missing and how to get it; <see langword="null"/> if nothing is missing.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>
    /// Why browser tests are skipped; <see langword="null"/> if they run. On CI they run and fail, because skips go unnoticed there.
    /// </summary>
    public static string? SkipReason { get; } = Environment.GetEnvironmentVariable("CI") == "true" ? null : Missing;

    /// <summary>The browser.</summary>
    /// <exception cref="InvalidOperationException">A requirement is missing.</exception>
    public static string RequireProgram() => Missing is null ? Program! : throw new InvalidOperationException(Missing);

    private static string? Program => s_programs.Select(ExecutableFinder.Find).FirstOrDefault(program => program is not null);

    private static string? FindMissing()
    {
        if (Program is null)
        {
            return "chromium is not on PATH. Install it (Debian, Ubuntu: apt-get install chromium; macOS and others: Chrome, as "
                + "google-chrome on PATH).";
        }

        return
            s_packages.FirstOrDefault(package => !File.Exists(Path.Combine(NodeRequirement.ModulesFolder, package, "package.json")))
                is { } absent
            ? $"{absent} is not in {NodeRequirement.ModulesFolder}. Run npm ci in {NodeRequirement.ScriptsFolder}."
            : null;
    }
}
