using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOidc.Tests.Conventions;

namespace McpOidc.AppHost.Tests;

/// <summary>
/// What an AppHost must build for each choice, checked by running it. <c>Topologies/</c> holds every topology in full, so that a review
/// shows what each process receives; <c>UPDATE_TOPOLOGIES=1 dotnet test McpOidc.AppHost.Tests</c> rewrites it.
/// </summary>
internal sealed partial class AppHostExpectation(AppHostProgram program)
{
    private static readonly string s_folder = Path.Combine(Projects.McpOidc_AppHost.ProjectPath + ".Tests", "Topologies");
    private static readonly bool s_update = Environment.GetEnvironmentVariable("UPDATE_TOPOLOGIES") == "1";

    /// <summary>The topologies by file name: those of <c>dotnet run</c>, an isolated instance, and the published one.</summary>
    public static IReadOnlyDictionary<string, string[]> Topologies { get; } =
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["containers"] = ["--Redis=container", "--IdentityProvider=keycloak", "--DcpPublisher:RandomizePorts=false"],
            ["executable"] = ["--Redis=executable", "--IdentityProvider=demo", "--DcpPublisher:RandomizePorts=false"],
            ["nothing"] = ["--Redis=none", "--IdentityProvider=demo", "--DcpPublisher:RandomizePorts=false"],
            ["isolated"] = ["--Redis=container", "--IdentityProvider=keycloak"],
            ["published"] = ["--publisher", "manifest"],
        };

    /// <summary>How a topology differs from its file; <see langword="null"/> if it does not.</summary>
    public async Task<string?> DifferenceAsync(string topology)
    {
        using var engine = new EngineStandIn();
        using var path = new ProgramOnPath("redis-server");
        return Compare($"{topology}.txt", await program.DescribeAsync([engine.Argument, .. Topologies[topology]]));
    }

    /// <summary>The variables that a topology or the manifest sets but no options class has.</summary>
    public static IEnumerable<string> UnknownSettings() =>
        Directory
            .EnumerateFiles(s_folder)
            .SelectMany(file => Setting().Matches(File.ReadAllText(file)).Select(match => match.Value))
            .Distinct()
            .Where(variable => !OptionNames.Contains(variable));

    /// <summary>How the manifest differs from its file; <see langword="null"/> if it does not.</summary>
    public async Task<string?> ManifestDifferenceAsync()
    {
        var folder = Directory.CreateTempSubdirectory("mcpoidc-manifest-");
        try
        {
            var file = Path.Combine(folder.FullName, "manifest.json");
            var (exitCode, output, errors) = await program.RunAsync("--publisher", "manifest", "--output-path", file);
            if (exitCode != 0 || !File.Exists(file))
            {
                return $"Exit code {exitCode}: {output} {errors}";
            }

            var text = await File.ReadAllTextAsync(file);
            var (root, temporary) = (Path.GetDirectoryName(Projects.McpOidc_AppHost.ProjectPath)!, folder.FullName);
            var relative = Path.GetRelativePath(temporary, root).Replace('\\', '/');
            return Compare("published.json", text.Replace(relative, "{root}", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The expected manifest.</summary>
    public static JsonObject Manifest =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(s_folder, "published.json")))!["resources"]!.AsObject();

    private static string? Compare(string name, string actual)
    {
        var file = Path.Combine(s_folder, name);
        actual = actual.ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        if (s_update)
        {
            File.WriteAllText(file, actual);
            return null;
        }

        var (expected, found) = (File.ReadAllText(file).ReplaceLineEndings("\n").Split('\n'), actual.Split('\n'));
        var differences = expected
            .Except(found)
            .Select(line => $"- {line}")
            .Concat(found.Except(expected).Select(line => $"+ {line}"))
            .ToList();
        return expected.SequenceEqual(found)
            ? null
            : $"{name} says otherwise:\n{string.Join('\n', differences)}\n"
                + "(UPDATE_TOPOLOGIES=1 dotnet test McpOidc.AppHost.Tests writes it anew.)";
    }

    [GeneratedRegex(@"\b(?:McpOidc|DevIdp)(?:__[A-Za-z0-9]+)+")]
    private static partial Regex Setting();
}
