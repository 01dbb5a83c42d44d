using System.Globalization;
using System.Text;

namespace McpOidc.Pages;

/// <summary>Makes text from strangers fit to be shown: no control or direction characters that could turn a line around, and not too
/// long.</summary>
internal static class DisplayText
{
    private const int MaximumLength = 80;

    public static string Clean(string? value)
    {
        var kept = string.Concat(
                (value ?? "")
                    .EnumerateRunes()
                    .Where(rune =>
                        CharUnicodeInfo.GetUnicodeCategory(rune.Value)
                            is not (
                                UnicodeCategory.Control
                                or UnicodeCategory.Format
                                or UnicodeCategory.Surrogate
                                or UnicodeCategory.PrivateUse
                                or UnicodeCategory.OtherNotAssigned
                                or UnicodeCategory.LineSeparator
                                or UnicodeCategory.ParagraphSeparator
                            )
                    )
                    .Take(MaximumLength + 1)
                    .Select(rune => rune.ToString())
            )
            .Trim();
        return kept.EnumerateRunes().Count() > MaximumLength
            ? string.Concat(kept.EnumerateRunes().Take(MaximumLength).Select(rune => rune.ToString())) + "…"
            : kept;
    }

    /// <summary>The first letter or digit, as a sign for something that has no picture.</summary>
    public static string Initial(string name) =>
        name.EnumerateRunes().FirstOrDefault(Rune.IsLetterOrDigit) is { Value: > 0 } first ? Rune.ToUpperInvariant(first).ToString() : "?";
}
