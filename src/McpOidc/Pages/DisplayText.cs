using System.Globalization;
using System.Text;

namespace McpOidc.Pages;

/// <summary>Makes untrusted text safe to display: limited length, and no control or direction characters that could reverse a
/// line.</summary>
internal static class DisplayText
{
    private const int MaximumLength = 80;

    // Default_Ignorable_Code_Point in Unicode's DerivedCoreProperties.txt, except for the categories below: letters, marks and unassigned
    // characters that no font shows. And two symbols that are blank.
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

    /// <returns>Empty if nothing visible is left.</returns>
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

    /// <summary>The name of a client or user, or the alternative if nothing in it is visible.</summary>
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

    // A space is invisible, and a mark needs a base letter.
    private static bool IsSeenAlone(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.SpaceSeparator
                or UnicodeCategory.NonSpacingMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.SpacingCombiningMark
            );

    /// <summary>The first letter or digit, instead of a picture.</summary>
    public static string Initial(string name) =>
        name.EnumerateRunes().FirstOrDefault(Rune.IsLetterOrDigit) is { Value: > 0 } first ? Rune.ToUpperInvariant(first).ToString() : "?";
}
