using System.Text.RegularExpressions;

namespace McpOidc.Tests.Conventions;

/// <summary>The threat model has a row for every letter at every boundary, and everything that its rows name exists.</summary>
public sealed partial class ThreatModelTests
{
    private static readonly string[] s_sections =
    [
        .. new[] { "threats-outside.md", "threats-inside.md" }
            .SelectMany(page => Page(page).Split("\n## ").Skip(1))
            .Where(section => section.Contains("\n| S |", StringComparison.Ordinal)),
    ];

    [Fact]
    public void Every_trust_boundary_is_checked()
    {
        var boundaries = Page("threat-model.md").Split("## Trust boundaries")[1].Split("\n## ")[0];
        Assert.Equal(Boundary().Count(boundaries), s_sections.Length);
    }

    [Fact]
    public void Every_boundary_has_a_row_for_each_letter() =>
        Assert.All(s_sections, section => Assert.Equal("STRIDE", string.Concat(Rows(section).Select(row => row.Letter).Distinct())));

    [Fact]
    public void Every_row_names_cases_or_tests_and_all_of_them_exist()
    {
        var cases = SecurityCase()
            .Matches(Page("security-cases.md"))
            .Select(match => match.Groups[1].Value)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (letter, shown) in s_sections.SelectMany(Rows))
        {
            var named = shown.Split(", ").Select(name => name.Trim(' ', '`')).ToList();
            Assert.NotEmpty(named);
            Assert.All(
                named,
                name =>
                    Assert.True(
                        cases.Contains(name) || SecurityCaseTests.Tests.Contains(name),
                        $"{letter}: there is no case or test {name}."
                    )
            );
        }
    }

    private static string Page(string name) => File.ReadAllText(Path.Combine(Repository.Root, "docs", name));

    private static IEnumerable<(string Letter, string Shown)> Rows(string section) =>
        Row().Matches(section).Select(row => (row.Groups[1].Value, row.Groups[2].Value));

    [GeneratedRegex(@"^- \*\*", RegexOptions.Multiline)]
    private static partial Regex Boundary();

    [GeneratedRegex(@"^\| ([STRIDE]) \| [^|]+ \| [^|]+ \| ([^|]+) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| ([A-HPS]\d\db?) \|", RegexOptions.Multiline)]
    private static partial Regex SecurityCase();
}
