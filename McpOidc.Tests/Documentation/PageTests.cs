using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Documentation;

/// <summary>Pages are short, linked from the index, and name only what exists.</summary>
public sealed partial class PageTests
{
    private const int MaximumWords = 1500;
    private const int MaximumWordsOfReadme = 1000;
    private const int MaximumWordsOfArchitecture = 1511;

    // Reference pages.
    private static readonly string[] s_long = ["audit-events", "configuration", "security-cases", "storage-schema"];

    // Settings of .NET and other libraries.
    private static readonly string[] s_othersSettings = ["ConnectionStrings:redis", "Logging:Console:FormatterName"];

    // Texts omit the prefix if it is clear.
    private static readonly string[] s_sections =
    [
        "",
        "McpOidc:",
        "McpOidc:IdentityAssertion:",
        "McpOidc:IdentityAssertion:Issuers:0:",
        "McpOidc:IdentityProvider:",
        "McpOidc:Registration:",
        "McpOidc:Registration:ClientIdMetadataDocuments:",
    ];

    // They contain former names.
    private static readonly string[] s_history = ["docs/upgrading.md", "docs/decisions/"];

    public static TheoryData<string> Pages =>
        [.. CodeBlock.Pages().Where(page => PageOfDocs().IsMatch(page) && !s_long.Contains(Path.GetFileNameWithoutExtension(page)))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_that_is_not_a_reference_has_at_most_fifteen_hundred_words(string page) =>
        Assert.InRange(WordsOf(page), 0, MaximumWords);

    [Fact]
    public void The_README_has_at_most_a_thousand_words_and_both_commands()
    {
        Assert.InRange(WordsOf("README.md"), 0, MaximumWordsOfReadme);
        var text = Read("README.md");
        Assert.Contains("dotnet run --project McpOidc.McpServer", text, StringComparison.Ordinal);
        Assert.Contains("dotnet test", text, StringComparison.Ordinal);
        Assert.InRange(WordsOf("ARCHITECTURE.md"), 0, MaximumWordsOfArchitecture);
    }

    [Fact]
    public void Every_page_is_in_the_index()
    {
        var index = Links.TargetsOf("docs/README.md").ToHashSet(StringComparer.Ordinal);
        var pages = CodeBlock.Pages().Where(page => PageOfDocs().IsMatch(page) && page != "docs/README.md");
        Assert.All(pages, page => Assert.Contains(page, index));
    }

    [Fact]
    public void Every_setting_mentioned_in_a_text_exists()
    {
        var unknown = CodeBlock
            .Pages()
            .Where(page => !IsHistory(page))
            .SelectMany(page => Links.Spans(page).Select(span => (page, Setting().Match(span))))
            .Where(named => named.Item2.Success && !IsSetting(named.Item2.Groups[1].Value))
            .Select(named => $"{named.page}: {named.Item2.Groups[1].Value}")
            .ToList();
        Assert.True(unknown.Count == 0, string.Join('\n', unknown));
    }

    [Fact]
    public void Every_test_mentioned_in_a_text_exists()
    {
        var unknown = CodeBlock
            .Pages()
            .Where(page => !IsHistory(page))
            .SelectMany(page => TestName().Matches(Read(page)).Select(match => (page, match.Groups[1].Value)))
            .Where(named => !TestNames.Exist(named.Value))
            .Select(named => $"{named.page}: {named.Value}")
            .ToList();
        Assert.True(unknown.Count == 0, string.Join('\n', unknown));
    }

    [Fact]
    public void Every_error_that_a_person_can_see_is_documented_with_cause_and_remedy()
    {
        var texts = JsonNode.Parse(Read("src/McpOidc/Pages/Texts/en.json"))!.AsObject();
        var page = Read("docs/errors.md");
        var headings = texts
            .Where(text =>
                text.Key == "RefusedHeading"
                || (text.Key.StartsWith("Error", StringComparison.Ordinal) && texts.ContainsKey(text.Key + "Advice"))
            )
            .Select(text => text.Value!.GetValue<string>())
            .ToList();
        Assert.NotEmpty(headings);
        Assert.All(headings, heading => Assert.Contains($"\n| {heading} |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_message_quoted_on_the_errors_page_is_one_of_ours()
    {
        var sources = string.Concat(
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText)
        );
        var quoted = Quoted().Matches(Read("docs/errors.md")).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(quoted);
        Assert.All(quoted, text => Assert.Contains(text, sources, StringComparison.Ordinal));
    }

    private static bool IsSetting(string name)
    {
        var key = Placeholder().Replace(name, "0").Replace("__", ":", StringComparison.Ordinal);
        return s_othersSettings.Contains(key) || s_sections.Any(section => OptionNames.ContainsPart(section + key));
    }

    private static bool IsHistory(string page) => s_history.Any(history => page.StartsWith(history, StringComparison.Ordinal));

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    private static int WordsOf(string page) => Read(page).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    [GeneratedRegex(@"^docs/[^/]+\.md$")]
    private static partial Regex PageOfDocs();

    [GeneratedRegex(@"^((?:[A-Z]\w*)(?:(?::|__)(?:[A-Z]\w*|\{\w+\}|\d+))+)(?:=.*)?$")]
    private static partial Regex Setting();

    [GeneratedRegex("\"([^\"\n]+)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"`(?:\w+/)*([A-Z]\w+Tests(?:\.(?!cs`)\w+)?)`")]
    private static partial Regex TestName();
}
