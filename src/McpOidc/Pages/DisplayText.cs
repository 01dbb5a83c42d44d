using System.Globalization;
using System.Text;

namespace McpOidc.Pages;

/// <summary>Makes text from strangers fit to be shown: no control or direction characters that could turn a line around, and not too
/// long.</summary>
internal static class DisplayText
{
    private const int MaximumLength = 80;

    // Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, as far as the categories below leave it: letters, marks and
    // unassigned characters that no font shows. And two that are blank although they are symbols.
    private static readonly (int First, int Last)[] s_invisible =
    [
        (0x034F, 0x034F),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x2800, 0x2800),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFFA0, 0xFFA0),
        (0x1D159, 0x1D159),
        (0xE0000, 0xE0FFF),
    ];

    /// <returns>Empty where nothing is left that can be seen.</returns>
    public static string Clean(string? value)
    {
        var kept = (value ?? "").EnumerateRunes().Where(rune => !IsHidden(rune)).Take(MaximumLength + 1).ToList();
        if (!kept.Any(IsSeenAlone))
        {
            return "";
        }

        var text = string.Concat(kept.Take(MaximumLength).Select(rune => rune.ToString())).Trim();
        return kept.Count > MaximumLength ? text + "…" : text;
    }

    /// <summary>What a client or a person calls itself; something else where that is nothing to be seen.</summary>
    public static string Clean(string? value, string otherwise) => Clean(value) is { Length: > 0 } text ? text : otherwise;

    private static bool IsHidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
        || s_invisible.Any(range => range.First <= rune.Value && rune.Value <= range.Last);

    // A space is nothing to see, and a mark wants a letter to stand on.
    private static bool IsSeenAlone(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.SpaceSeparator
                or UnicodeCategory.NonSpacingMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.SpacingCombiningMark
            );

    /// <summary>The first letter or digit, as a sign for something that has no picture.</summary>
    public static string Initial(string name) =>
        name.EnumerateRunes().FirstOrDefault(Rune.IsLetterOrDigit) is { Value: > 0 } first ? Rune.ToUpperInvariant(first).ToString() : "?";
}
