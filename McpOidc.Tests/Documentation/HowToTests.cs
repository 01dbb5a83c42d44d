using System.Text.RegularExpressions;
using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Documentation;

/// <summary>
/// What readers are told to type: each block of commands in the tutorial and the how-to guides has a marker above it, in its section, that
/// names the tests that run it or says why none does. <c>&lt;!-- run by `Class.Method` --&gt;</c>, <c>&lt;!-- not run: why --&gt;</c>.
/// </summary>
public sealed partial class HowToTests
{
    private static readonly string[] s_commands = ["bash", "redis", "sql"];

    public static TheoryData<string> Guides =>
        [
            .. Links
                .TargetsOf("docs/README.md", "Tutorial", "How-to guides")
                .Where(page => page.EndsWith(".md", StringComparison.Ordinal))
                .Append("README.md")
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Guides))]
    public void Every_block_of_commands_is_run_by_a_test_or_says_why_not(string page) =>
        Assert.Empty(
            CodeBlock
                .All.Where(block => block.File == page && s_commands.Contains(block.Kind) && !HasSettingsOnly(block))
                .SelectMany(block => ProblemsOf(block).Select(problem => $"{block}: {problem}"))
        );

    [Fact]
    public void How_to_guides_are_found() => Assert.True(Guides.Count > 20, $"{Guides.Count} guides were found.");

    private static IEnumerable<string> ProblemsOf(CodeBlock block)
    {
        if (MarkAbove(block) is not { } mark)
        {
            return ["nothing says which test runs it, or why none does."];
        }

        var tests = Test().Matches(mark).Select(test => test.Groups[1].Value).ToList();
        return mark.StartsWith("not run: ", StringComparison.Ordinal) ? []
            : tests.Count == 0 ? [$"'{mark}' names no test."]
            : tests.Where(test => !TestNames.Exist(test)).Select(test => $"there is no test {test}.");
    }

    private static string? MarkAbove(CodeBlock block)
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, block.File));
        return lines
            .Take(block.Line - 1)
            .Reverse()
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Select(line => Mark().Match(line))
            .Where(match => match.Success)
            .Select(match => match.Groups[1].Value)
            .FirstOrDefault();
    }

    private static bool HasSettingsOnly(CodeBlock block) =>
        block.Kind == "bash" && ShellCommand.Read(block.Text).All(command => command.Words.Count == 0);

    [GeneratedRegex("^<!-- ((?:run by|not run:) .+) -->$")]
    private static partial Regex Mark();

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex Test();
}
