using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.Conventions;

/// <summary>The library's texts are short and in plain English (CONTRIBUTING.md).</summary>
public sealed partial class EnglishTests
{
    private const int MaximumWords = 35;

    private static string PagesFolder => Path.Combine(Repository.FolderOf("McpOidc"), "Pages");

    public static TheoryData<string> Libraries => [.. Repository.Libraries];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void No_comment_or_string_in_the_library_contains_a_word_that_sounds_translated(string project) =>
        Assert.Empty(
            from file in Repository.SourcesOf(project)
            from line in File.ReadLines(file)
            where Translated().IsMatch(line)
            select $"{Repository.Relative(file)}: {line.Trim()}"
        );

    [Theory]
    [InlineData("Texts/en.json")]
    [InlineData("pages.css")]
    public void No_text_or_style_of_the_pages_contains_a_word_that_sounds_translated(string file) =>
        Assert.DoesNotContain(File.ReadLines(Path.Combine(PagesFolder, file)), line => Translated().IsMatch(line));

    // In English only: words in other languages are longer or shorter, and Japanese has no spaces.
    [Fact]
    public void No_page_text_has_a_sentence_of_more_than_35_words()
    {
        var texts = JsonNode.Parse(File.ReadAllText(Path.Combine(PagesFolder, "Texts/en.json")))!.AsObject();
        Assert.True(texts.Count > 100, $"Only {texts.Count} texts were found.");
        Assert.Empty(texts.SelectMany(text => LongSentencesOf(text.Value!.GetValue<string>())));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void No_library_message_has_a_sentence_of_more_than_35_words(string project) =>
        Assert.Empty(
            from file in Repository.SourcesOf(project)
            from text in StringsIn(File.ReadAllText(file))
            from sentence in LongSentencesOf(text)
            select $"{Repository.Relative(file)}: {sentence}"
        );

    [Fact]
    public void No_log_message_has_a_sentence_of_more_than_35_words()
    {
        var messages = Library
            .Types.SelectMany(type =>
                type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            )
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.Message)
            .OfType<string>()
            .ToList();
        Assert.True(messages.Count > 100, $"Only {messages.Count} log messages were found.");
        Assert.Empty(messages.SelectMany(LongSentencesOf));
    }

    [Theory]
    [InlineData("// Whoever holds it", true)]
    [InlineData("\"nobody can sign in\"", true)]
    [InlineData("How_to_mend_it", true)]
    [InlineData("is kept for ever", true)]
    [InlineData("for every caller", false)]
    [InlineData("Recommended by the RFC", false)]
    public void Words_that_sound_translated_are_found_in_any_position(string line, bool isFound) =>
        Assert.Equal(isFound, Translated().IsMatch(line));

    [Fact]
    public void A_message_made_of_several_literals_is_measured_as_one()
    {
        var half = string.Join(' ', Enumerable.Repeat("word", 18));
        var source = $"throw new StartException(\"{half} \"\n    + $\"{{value}} {half}.\");\n// \"{half} {half}\"";

        var sentence = Assert.Single(StringsIn(source).SelectMany(LongSentencesOf));
        Assert.Equal(37, sentence.Split(' ').Length);
    }

    // Omits comments, and raw strings, which are scripts, statements and pages.
    private static IEnumerable<string> StringsIn(string source)
    {
        var code = Concatenation().Replace(Raw().Replace(Comment().Replace(source, ""), "\"\""), "");
        return Literal().Matches(code).Select(match => match.Groups[1].Value).Where(text => !text.Contains('<', StringComparison.Ordinal));
    }

    // A value in a message counts as one word.
    private static IEnumerable<string> LongSentencesOf(string text) =>
        SentenceEnd()
            .Split(Hole().Replace(text, "x"))
            .Where(sentence => sentence.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length > MaximumWords);

    [GeneratedRegex("(?<![a-z])(nobody|whoever|mend(s|ed|ing)?|gives up waiting|for ever)(?![a-z])", RegexOptions.IgnoreCase)]
    private static partial Regex Translated();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex("\"{3}.*?\"{3}", RegexOptions.Singleline)]
    private static partial Regex Raw();

    [GeneratedRegex(@"""\s*\+\s*\$?""")]
    private static partial Regex Concatenation();

    [GeneratedRegex(@"""((?:[^""\\\n]|\\.)*)""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Hole();

    [GeneratedRegex(@"(?<=[.!?])\s+")]
    private static partial Regex SentenceEnd();
}
