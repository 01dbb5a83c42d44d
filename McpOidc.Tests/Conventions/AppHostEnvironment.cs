using System.Text.RegularExpressions;

namespace McpOidc.Tests.Conventions;

/// <summary>The environment that the AppHost gives to each resource on this machine, read from its text: what follows <c>.WithEnvironment</c>.</summary>
internal static partial class AppHostEnvironment
{
    /// <param name="resource">The variable that holds the resource, for instance <c>auth</c>.</param>
    /// <param name="containers">Whether containers run.</param>
    /// <param name="values">What the other variables hold.</param>
    public static Dictionary<string, string> Of(string resource, bool containers, IReadOnlyDictionary<string, string> values)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        var (condition, target) = ("", "");
        foreach (var line in Directory.EnumerateFiles(Path.Combine(Repository.Root, AppHostContract.Folder), "*.cs").Order(StringComparer.Ordinal).SelectMany(File.ReadLines))
        {
            condition = Condition(line, condition);
            target = Statement().Match(line) is { Success: true } statement ? statement.Groups[1].Value : target;
            if (target == resource && Applies(condition, containers) && Variable().Match(line) is { Success: true } variable)
            {
                environment[variable.Groups[1].Value] = ValueOf(variable.Groups[2].Value, values);
            }
        }

        return environment;
    }

    private static string Condition(string line, string before) => line switch
    {
        "if (containers)" => "containers",
        "if (publishing)" => "publishing",
        "else" => before.TrimEnd('.') is "containers" ? "no containers" : "running",
        "}" => before + ".",
        "" => "",
        _ => before,
    };

    private static bool Applies(string condition, bool containers) => condition switch
    {
        "containers" => containers,
        "no containers" => !containers,
        "publishing" => false,
        _ => true,
    };

    private static string ValueOf(string expression, IReadOnlyDictionary<string, string> values)
        => expression.StartsWith('"') ? expression.Trim('"')
            : values.TryGetValue(expression, out var value) ? value
            : throw new InvalidOperationException($"The AppHost sets a variable to '{expression}', which this test does not know.");

    [GeneratedRegex(@"^\s*(?:var )?(auth|mcp|idp|server)\b(?:\.| =)")]
    private static partial Regex Statement();

    [GeneratedRegex("\\.WithEnvironment\\(\"([A-Za-z0-9_]+)\", (\"[^\"]*\"|[A-Za-z.]+)\\)")]
    private static partial Regex Variable();
}
