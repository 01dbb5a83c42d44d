using System.Collections.Frozen;
using System.Text.Json;
using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Pages;

/// <summary>The page texts in all languages: built-in ones, with those of the settings on top.</summary>
internal sealed class TextCatalog
{
    /// <summary>The language that has all texts, from which a configured language takes missing ones.</summary>
    public const string Complete = "en";

    private const int MaximumRanges = 20;

    // Longer than a language tag gets (RFC 5646 §4.4.1): each part of a range is a look-up.
    private const int MaximumLength = 35;
    private readonly FrozenDictionary<string, PageTexts> _languages;
    private readonly PageTexts _default;

    public TextCatalog(IOptions<PageOptions> options)
    {
        var languages = BuiltIn.ToDictionary(
            language => language,
            language => new PageTexts(language, Read(language)),
            StringComparer.OrdinalIgnoreCase
        );
        foreach (var (language, own) in options.Value.Languages)
        {
            var texts = languages.GetValueOrDefault(language, languages[Complete]).All.ToDictionary();
            foreach (var (name, text) in own.Texts)
            {
                texts[Enum.Parse<PageText>(name, ignoreCase: true)] = text;
            }

            languages[language] = new PageTexts(language, texts);
        }

        _languages = languages.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        _default = Find(options.Value.DefaultLanguage) ?? _languages[Complete];
    }

    /// <summary>The available languages.</summary>
    public IEnumerable<string> Languages => BuiltIn.Union(_languages.Keys.Order(StringComparer.Ordinal), StringComparer.OrdinalIgnoreCase);

    /// <summary>The built-in languages.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = [Complete, "de", "fr", "es", "ja"];

    /// <summary>
    /// The texts in the preferred language: the client's (<c>ui_locales</c>, OpenID Connect Core §3.1.2.1), then the browser's (RFC 9110
    /// §12.5.4), then the default.
    /// </summary>
    public PageTexts For(HttpRequest request, string? uiLocales) =>
        (uiLocales ?? "")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Concat(PreferredBy(request))
            .Take(MaximumRanges)
            .Where(range => range.Length <= MaximumLength)
            .Select(Find)
            .FirstOrDefault(texts => texts is not null)
        ?? _default;

    /// <summary>The built-in texts of a language, without settings.</summary>
    public static Dictionary<PageText, string> Read(string language)
    {
        using var stream =
            typeof(TextCatalog).Assembly.GetManifestResourceStream($"McpOidc.Pages.Texts.{language}.json")
            ?? throw new InvalidOperationException($"The library was built without the texts in '{language}'.");
        using var document = JsonDocument.Parse(stream);
        return document
            .RootElement.EnumerateObject()
            .ToDictionary(text => Enum.Parse<PageText>(text.Name), text => text.Value.GetString()!);
    }

    private static IEnumerable<string> PreferredBy(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptLanguage, out var ranges)
            ? ranges
                .Where(range => range.Quality is not 0)
                .OrderByDescending(range => range.Quality ?? 1)
                .Select(range => range.Value.ToString())
            : [];

    // RFC 4647 §3.4, lookup: de-AT-1996, then de-AT, then de.
    private PageTexts? Find(string range)
    {
        for (var tag = range; tag.Length > 0; tag = tag[..Math.Max(0, tag.LastIndexOf('-'))])
        {
            if (_languages.TryGetValue(tag, out var texts))
            {
                return texts;
            }
        }

        return null;
    }
}
