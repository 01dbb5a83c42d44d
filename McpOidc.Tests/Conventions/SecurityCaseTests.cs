using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace McpOidc.Tests.Conventions;

/// <summary>docs/security-cases.md has a row for every reviewed case, with tests that exist or a reason.</summary>
public sealed partial class SecurityCaseTests
{
    private static readonly Dictionary<char, int> s_last = new()
    {
        ['A'] = 36,
        ['B'] = 43,
        ['C'] = 46,
        ['D'] = 15,
        ['E'] = 16,
        ['F'] = 27,
        ['G'] = 31,
        ['H'] = 32,
        ['P'] = 16,
        ['S'] = 14,
    };

    private static readonly List<(string Case, string Evidence)> s_rows =
    [
        .. Row()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "security-cases.md")))
            .Select(row => (row.Groups[1].Value, row.Groups[2].Value)),
    ];

    /// <summary>Every test, by class and method.</summary>
    public static HashSet<string> Tests { get; } = [.. TestsOfThisAssembly()];

    [Fact]
    public void Every_case_has_one_row() =>
        Assert.Equal(Cases().Order(StringComparer.Ordinal), s_rows.Select(row => row.Case).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_test_that_a_row_names_exists() =>
        Assert.DoesNotContain(
            s_rows.SelectMany(row => NamedTests(row.Evidence), (row, test) => (row.Case, test)),
            named => !Tests.Contains(named.test)
        );

    [Fact]
    public void A_row_without_a_test_states_a_reason() =>
        Assert.DoesNotContain(
            s_rows,
            row => !NamedTests(row.Evidence).Any() && !row.Evidence.StartsWith("cannot apply: ", StringComparison.Ordinal)
        );

    private static IEnumerable<string> Cases() =>
        s_last
            .SelectMany(section =>
                Enumerable.Range(1, section.Value).Select(number => section.Key + number.ToString("00", CultureInfo.InvariantCulture))
            )
            .Append("E03b");

    private static IEnumerable<string> NamedTests(string evidence) => Test().Matches(evidence).Select(test => test.Groups[1].Value);

    private static IEnumerable<string> TestsOfThisAssembly() =>
        from type in typeof(SecurityCaseTests).Assembly.GetTypes()
        where type is { IsClass: true, IsAbstract: false }
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance)
        where method.GetCustomAttributes<FactAttribute>(inherit: true).Any()
        select $"{type.Name}.{method.Name}";

    [GeneratedRegex(@"^\| ([A-HPS]\d\db?) \| [^|]+ \| ([^|]+) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex Test();
}
