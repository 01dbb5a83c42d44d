using System.Text.RegularExpressions;
using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.Tests.Conventions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Pages;

/// <summary>Every language has every text, with the same placeholders.</summary>
public sealed partial class TextCatalogTests
{
    private static readonly Dictionary<PageText, string> s_english = TextCatalog.Read("en");

    public static TheoryData<string> Languages => [.. TextCatalog.BuiltIn];

    [Fact]
    public void The_languages_are_English_German_French_Spanish_and_Japanese() =>
        Assert.Equal(["de", "en", "es", "fr", "ja"], TextCatalog.BuiltIn.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_language_has_every_text_and_none_is_empty(string language)
    {
        var texts = TextCatalog.Read(language);

        Assert.Empty(Enum.GetValues<PageText>().Except(texts.Keys));
        Assert.All(
            texts,
            text =>
                Assert.True(
                    text.Value.Length > 0 && (text.Value.Trim() == text.Value || text.Key == PageText.ListSeparator),
                    $"{text.Key} in {language} is '{text.Value}'."
                )
        );
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void A_text_has_the_same_placeholders_in_every_language(string language) =>
        Assert.All(
            TextCatalog.Read(language),
            text =>
                Assert.True(
                    PlaceholdersOf(text.Value).SetEquals(PlaceholdersOf(s_english[text.Key])),
                    $"{text.Key} in {language}: {text.Value}"
                )
        );

    // H17: each part of a language range costs a look-up with a copy of what precedes it.
    [Theory]
    [InlineData("a-")]
    [InlineData("-")]
    public void The_work_for_a_language_does_not_grow_with_the_square_of_what_is_sent(string part)
    {
        var catalog = new TextCatalog(Options.Create(new PageOptions()));
        var sent = string.Concat(Enumerable.Repeat(part, 8_000));
        var http = new DefaultHttpContext();
        http.Request.Headers.AcceptLanguage = sent;
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal("en", catalog.For(http.Request, uiLocales: sent).Language);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void A_text_contains_no_HTML(string language) =>
        Assert.DoesNotContain(
            TextCatalog.Read(language).Values,
            text => text.Contains('<', StringComparison.Ordinal) || text.Contains('&', StringComparison.Ordinal)
        );

    [Theory]
    [InlineData("en", "5 March 2026", "5 March 2026, 23:04 UTC")]
    [InlineData("de", "5. März 2026", "5. März 2026, 23:04 UTC")]
    [InlineData("fr", "5 mars 2026", "5 mars 2026, 23:04 UTC")]
    [InlineData("es", "5 de marzo de 2026", "5 de marzo de 2026, 23:04 UTC")]
    [InlineData("ja", "2026年3月5日", "2026年3月5日 23:04 UTC")]
    public void A_date_is_formatted_for_the_language_and_is_machine_readable(string language, string day, string time)
    {
        var texts = new PageTexts(language, TextCatalog.Read(language));
        var moment = new DateTimeOffset(2026, 3, 6, 1, 4, 5, TimeSpan.FromHours(2));

        Assert.Equal($"<time datetime=\"2026-03-05\">{day}</time>", texts.Date(moment).ToString());
        Assert.Equal($"<time datetime=\"2026-03-05T23:04:05Z\">{time}</time>", texts.DateAndTime(moment).ToString());
    }

    [Fact]
    public void Inserted_values_are_encoded() =>
        Assert.Equal(
            "Allow access to &lt;b&gt;?",
            new PageTexts("en", s_english).With(PageText.ConsentHeading, ("resource", "<b>")).ToString()
        );

    [Fact]
    public void The_documentation_replaces_only_texts_that_exist()
    {
        var replaced = Replaced()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "pages.md")))
            .SelectMany(texts => Name().Matches(texts.Value).Select(name => name.Groups[1].Value))
            .ToList();

        Assert.Contains(nameof(PageText.ConsentAllow), replaced);
        Assert.Empty(replaced.Except(Enum.GetNames<PageText>()));
    }

    private static HashSet<string> PlaceholdersOf(string text) => [.. Placeholder().Matches(text).Select(match => match.Value)];

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"""Texts"": \{[^}]*\}")]
    private static partial Regex Replaced();

    [GeneratedRegex(@"""([A-Z]\w+)"": """)]
    private static partial Regex Name();
}
