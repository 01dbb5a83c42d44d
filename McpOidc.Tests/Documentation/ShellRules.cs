using System.Text.RegularExpressions;
using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Documentation;

/// <summary>
/// Requirements for a command that readers are told to type: its program is known, and its files, options and settings exist.
/// </summary>
internal static partial class ShellRules
{
    private static readonly string[] s_othersVariables =
    [
        "ASPNETCORE_ENVIRONMENT",
        "ASPNETCORE_URLS",
        "ConnectionStrings__redis",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "CI",
        "AzureContainerApps",
        "UPDATE_TOPOLOGIES",
    ];

    /// <summary>
    /// Third-party programs, which are not run here, with the arguments that the documentation uses. Empty: the program alone.
    /// </summary>
    private static readonly Dictionary<string, string[]> s_others = new(StringComparer.Ordinal)
    {
        ["aspire"] = ["resource", "run", "wait"],
        ["azd"] = ["auth", "up", "down", "env"],
        ["claude"] = ["mcp"],
        ["code"] = ["--add-mcp"],
        ["codex"] = ["mcp"],
        ["cut"] = [],
        ["docker"] = ["compose", "restart"],
        ["gemini"] = ["mcp"],
        ["git"] = ["clone"],
        ["kubectl"] = ["create", "apply", "rollout", "logs"],
        ["opencode"] = ["mcp"],
        ["openssl"] = ["rand"],
        ["printf"] = [],
        ["redis-cli"] = [],
        ["sha256sum"] = [],
        ["sleep"] = [],
        ["sqlite3"] = [],
    };

    private static readonly string[] s_packagesOfOthers = ["@modelcontextprotocol/inspector", "mcp-remote", "mcporter", "@openai/codex"];

    public static IReadOnlyList<string> ProblemsOf(string block)
    {
        var problems = new List<string>();
        var folder = Repository.Root;
        foreach (var command in ShellCommand.Read(block))
        {
            problems.AddRange(
                command.Assignments.Where(variable => !IsKnown(variable.Name, block)).Select(variable => $"{variable.Name} is no setting.")
            );
            if (command.Words is ["cd", var into])
            {
                folder = Path.Combine(folder, into);
                problems.AddRange(Directory.Exists(folder) ? [] : [$"There is no folder {into}."]);
            }
            else if (command.Words.Count > 0)
            {
                problems.AddRange(ProblemsOf(command.Words, folder));
            }
        }

        return problems;
    }

    private static IEnumerable<string> ProblemsOf(IReadOnlyList<string> words, string folder) =>
        words[0] switch
        {
            "dotnet" => DotnetRules.ProblemsOf([.. words.Skip(1)], folder),
            "npm" => ProblemsOfNpm(words, folder),
            "npx" => words.Skip(1).FirstOrDefault(word => !word.StartsWith('-')) is { } package
            && s_packagesOfOthers.Contains(package.TrimEnd("@latest".ToCharArray()))
                ? []
                : [$"npx: {string.Join(' ', words)}"],
            "cp" => File.Exists(Path.Combine(folder, words[1])) ? [] : [$"There is no file {words[1]}."],
            // CurlTests sends it.
            "curl" => [],
            var program when program.StartsWith("./", StringComparison.Ordinal) => File.Exists(Path.Combine(folder, program))
                ? []
                : [$"There is no program {program}."],
            var program when s_others.TryGetValue(program, out var verbs) => ProblemsOfOthers(words, verbs, folder),
            var program => [$"Nobody knows the program '{program}'."],
        };

    private static IEnumerable<string> ProblemsOfOthers(IReadOnlyList<string> words, string[] verbs, string folder)
    {
        if (verbs.Length > 0 && !verbs.Contains(words.ElementAtOrDefault(1)))
        {
            yield return $"{words[0]} {words.ElementAtOrDefault(1)} is nothing that the documentation uses.";
        }

        for (var i = 0; i + 1 < words.Count; i++)
        {
            if (
                words[i] == "-f"
                && words[0] is "kubectl" or "docker"
                && words[i] == "-f"
                && !File.Exists(Path.Combine(folder, words[i + 1]))
            )
            {
                yield return $"There is no file {words[i + 1]}.";
            }
        }
    }

    private static IEnumerable<string> ProblemsOfNpm(IReadOnlyList<string> words, string folder)
    {
        var at = words.ToList().IndexOf("--prefix");
        var package = Path.Combine(folder, at < 0 ? "." : words[at + 1], "package.json");
        if (!File.Exists(package))
        {
            return [$"There is no {package}."];
        }

        var verb = words.Where((word, index) => index > 0 && index != at && index != at + 1 && !word.StartsWith('-')).FirstOrDefault();
        return verb is "ci" or "install" || File.ReadAllText(package).Contains($"\"{verb}\":", StringComparison.Ordinal)
            ? []
            : [$"npm {verb} is no script of {package}."];
    }

    /// <summary>A setting of ours or of a sample, or a variable of the block.</summary>
    private static bool IsKnown(string name, string block) =>
        OptionNames.Contains(name)
        || s_othersVariables.Contains(name)
        || NodeSettings().Contains(name)
        || Regex.IsMatch(block, $@"\$\{{?{name}\b");

    private static HashSet<string> NodeSettings() =>
        [
            .. NodeSetting()
                .Matches(File.ReadAllText(Path.Combine(Repository.Root, "samples", "node-server", "server.mjs")))
                .Select(match => match.Groups[1].Value),
        ];

    [GeneratedRegex(@"setting\('(\w+)'")]
    private static partial Regex NodeSetting();
}
