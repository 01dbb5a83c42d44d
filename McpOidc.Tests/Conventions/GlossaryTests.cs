using System.Text.RegularExpressions;

namespace McpOidc.Tests.Conventions;

/// <summary>docs/glossary.md has one word for each concept; public names and settings use it.</summary>
public sealed partial class GlossaryTests
{
    private static readonly string[] s_glossary = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "glossary.md"));

    // A quoted word followed by an explanation is wrong in that sense only.
    private static readonly string[] s_givenUp =
    [
        .. from line in s_glossary
        where line.StartsWith("| **", StringComparison.Ordinal)
        from word in Word().Matches(line.Split('|')[3]).Select(match => match.Groups[1].Value)
        select word,
    ];

    [Fact]
    public void The_glossary_lists_words_to_avoid() => Assert.True(s_givenUp.Length > 10, $"{s_givenUp.Length}");

    [Fact]
    public void No_public_name_or_setting_contains_a_word_that_the_glossary_avoids()
    {
        var names = Library.ExportedTypes.SelectMany(type =>
            type.GetMembers().Select(member => $"{type.Name}.{member.Name}").Append(type.Name)
        );
        var wrong = from name in names.Distinct() where Parts().Matches(name).Any(part => s_givenUp.Contains(part.Value)) select name;
        Assert.Equal([], wrong);
    }

    [GeneratedRegex(@"`(\w+)`(?! as that)")]
    private static partial Regex Word();

    [GeneratedRegex("[A-Z][a-z0-9]*")]
    private static partial Regex Parts();
}
