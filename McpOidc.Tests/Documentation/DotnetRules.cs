using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Documentation;

/// <summary>Rules for <c>dotnet …</c>.</summary>
internal static partial class DotnetRules
{
    private static readonly string[] s_verbs =
    [
        "build",
        "format",
        "new",
        "pack",
        "publish",
        "run",
        "test",
        "package",
        "nuget",
        "dev-certs",
        "tool",
        "csharpier",
    ];
    private static readonly string[] s_packages =
    [
        "McpOidc",
        "McpOidc.ResourceServer",
        "McpOidc.Redis",
        "McpOidc.Sqlite",
        "McpOidc.Doctor",
        "McpOidc.DevIdp",
        "McpOidc.Testing",
        "McpOidc.Templates",
    ];
    private static readonly string[] s_withValue =
    [
        "-c",
        "--configuration",
        "--output",
        "-o",
        "--project",
        "--filter",
        "--diagnostics",
        "--severity",
        "-t",
        "--launch-profile",
        "--publisher",
        "--output-path",
    ];

    public static IEnumerable<string> ProblemsOf(IReadOnlyList<string> words, string folder)
    {
        var ours = words.TakeWhile(word => word != "--").ToList();
        var program = words.Skip(ours.Count + 1).ToList();
        return ours switch
        {
            ["McpOidc.AuthServer.dll", .. var arguments] => ProblemsOfArguments(["McpOidc.AuthServer"], arguments),
            [var verb, ..] when !s_verbs.Contains(verb) => [$"dotnet {verb} is nothing that the documentation uses."],
            ["new", "install", var package] => s_packages.Contains(Packed().Replace(package, "$1")) ? [] : [$"Nobody packs {package}."],
            ["nuget", "add", "source", .. var options] => options is [_, "--name", _] ? [] : ["A source has a folder and a name."],
            ["tool", .. var options] => options is ["restore"] ? [] : ["dotnet tool does something else than restoring."],
            ["csharpier", "format", "."] => [],
            ["nuget", ..] => ["dotnet nuget does something else than adding a source."],
            ["dev-certs", .. var options] => options is ["https", "--trust"]
                ? []
                : ["Development certificates are trusted, and nothing else is done to them."],
            ["new", "mcp-oidc", .. var options] => ProblemsOfTemplate(options),
            ["new", ..] => ["Another template than ours."],
            // In a project that the reader has just created, there is nothing to look up.
            ["package", "add", var package] => s_packages.Contains(package) || package == "ModelContextProtocol.AspNetCore"
                ? []
                : [$"Nobody packs {package}."],
            _ => [.. ProblemsOfTargets(ours, folder), .. ProblemsOfArguments(ours, program)],
        };
    }

    // An argument that is not an option is a project, a folder with one, or a single-file program. A reader's own project comes from
    // `dotnet new` on the same page.
    private static IEnumerable<string> ProblemsOfTargets(List<string> ours, string folder) =>
        Targets(ours)
            .Where(target =>
                target is not ("MyServer" or "analyzers")
                && !target.StartsWith("MyServer/", StringComparison.Ordinal)
                && !target.StartsWith("McpOidcApp.", StringComparison.Ordinal)
            )
            .Where(target => !File.Exists(Path.Combine(folder, target)) && !HasProject(Path.Combine(folder, target)))
            .Select(target => $"There is no project {target}.");

    private static bool HasProject(string path) => Directory.Exists(path) && Directory.EnumerateFiles(path, "*.csproj").Any();

    private static IEnumerable<string> Targets(List<string> ours)
    {
        for (var i = 1; i < ours.Count; i++)
        {
            if (ours[i] == "--project" || !ours[i].StartsWith('-'))
            {
                var isValue = !ours[i].StartsWith('-') && s_withValue.Contains(ours[i - 1]) && ours[i - 1] != "--project";
                if (ours[i] != "--project" && !isValue)
                {
                    yield return ours[i];
                }
            }
        }
    }

    private static IEnumerable<string> ProblemsOfArguments(List<string> ours, List<string> program)
    {
        foreach (
            var setting in program
                .Select(word => Setting().Match(word))
                .Where(match => match.Success)
                .Select(match => match.Groups[1].Value)
        )
        {
            if (
                setting is not ("ConnectionStrings:redis" or "Redis" or "IdentityProvider")
                && !OptionNames.Contains(setting.Replace(":", "__", StringComparison.Ordinal))
            )
            {
                yield return $"{setting} is no setting.";
            }
        }

        if (
            ours.Contains("McpOidc.AuthServer")
            && program is [var command, ..]
            && !command.StartsWith('-')
            && !Commands().Contains(command)
        )
        {
            yield return $"The authorization server has no command {command}.";
        }
    }

    private static IEnumerable<string> ProblemsOfTemplate(List<string> options)
    {
        var template = Path.Combine(Repository.Root, "templates", "content", "mcp-oidc", ".template.config");
        var names = JsonNode.Parse(File.ReadAllText(Path.Combine(template, "dotnetcli.host.json")))!["symbolInfo"]!
            .AsObject()
            .Select(symbol => "--" + symbol.Value!["longName"]);
        var modes = JsonNode.Parse(File.ReadAllText(Path.Combine(template, "template.json")))!["symbols"]!["mode"]!["choices"]!
            .AsArray()
            .Select(choice => choice!["choice"]!.ToString())
            .ToList();
        var known = names.Concat(["--output", "--name"]).ToList();
        return
        [
            .. options
                .Where(option => option.StartsWith("--", StringComparison.Ordinal) && !known.Contains(option))
                .Select(option => $"The template has no option {option}."),
            .. options
                .Where((_, index) => index > 0 && options[index - 1] == "--mode")
                .Where(mode => !modes.Contains(mode))
                .Select(mode => $"The template has no mode {mode}."),
        ];
    }

    private static HashSet<string> Commands() =>
        [
            .. Repository
                .SourcesOf("McpOidc.AuthServer")
                .SelectMany(file => Command().Matches(File.ReadAllText(file)))
                .Select(match => match.Groups[1].Value),
        ];

    // The output of `dotnet pack --output artifacts`, of any version.
    [GeneratedRegex("^artifacts/(.+)\\.\\*\\.nupkg$")]
    private static partial Regex Packed();

    [GeneratedRegex("^--([A-Za-z][A-Za-z0-9:]*)=")]
    private static partial Regex Setting();

    [GeneratedRegex("(?:Command\\(\\s*|const string Name = )\"([a-z-]+)\"")]
    private static partial Regex Command();
}
