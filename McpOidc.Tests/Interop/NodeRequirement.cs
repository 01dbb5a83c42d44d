using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop;

/// <summary>Whether this machine can run the third-party Node programs.</summary>
public static class NodeRequirement
{
    /// <summary>The variable that overrides the package folder of <c>npm ci</c>.</summary>
    public const string ModulesVariable = "MCPOIDC_INTEROP_MODULES";

    private static readonly string[] s_packages =
    [
        "@modelcontextprotocol/client",
        "@modelcontextprotocol/sdk",
        "mcp-remote",
        "oidc-provider",
    ];

    /// <summary>The source folder with the scripts and package.json.</summary>
    public static string ScriptsFolder { get; } = Path.Combine(SourceTree.Root, "McpOidc.Tests", "Interop");

    /// <summary>The folder with the packages.</summary>
    public static string ModulesFolder { get; } =
        Environment.GetEnvironmentVariable(ModulesVariable) is { Length: > 0 } folder
            ? folder
            : Path.Combine(ScriptsFolder, "node_modules");

    /// <summary>What is missing and how to install it; <see langword="null"/> if nothing is.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>Why tests with Node are skipped; <see langword="null"/> when they run. On CI they run and fail instead, because skips go
    /// unnoticed there.</summary>
    public static string? SkipReason { get; } = Environment.GetEnvironmentVariable("CI") == "true" ? null : Missing;

    /// <summary>The program <c>node</c>.</summary>
    /// <exception cref="InvalidOperationException">Something is missing.</exception>
    public static string RequireProgram() => Missing is null ? Program! : throw new InvalidOperationException(Missing);

    private static string? Program => ExecutableFinder.Find("node");

    private static string? FindMissing()
    {
        if (Program is null)
        {
            return $"node is not on PATH. Install Node.js 20 or later, then run npm ci in {ScriptsFolder}.";
        }

        return s_packages.FirstOrDefault(package => !File.Exists(Path.Combine(ModulesFolder, package, "package.json"))) is { } absent
            ? $"{absent} is not in {ModulesFolder}. Run npm ci in {ScriptsFolder}, or name the folder that has it in {ModulesVariable}."
            : null;
    }
}
