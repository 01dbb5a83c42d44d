using System.Globalization;

namespace McpOidc.Storage;

/// <summary>The end of a page of keys, as text for the next request: a number and a suffix.</summary>
internal static class RedisPlace
{
    /// <summary>In an index: an expiry, and the last key returned of those that expire then.</summary>
    public static (long Number, string Text) InIndex(string? after) => after is null ? (0, "") : Read(after);

    /// <summary>In a scan: the number of the primary, and its cursor.</summary>
    public static (int Number, string Text) InScan(string? after) =>
        after is null ? (0, "0")
        : Read(after) is { Number: <= int.MaxValue } place
        && ulong.TryParse(place.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? ((int)place.Number, place.Text)
        : throw new FormatException("This is not a position in a scan.");

    public static string Write((long Number, string Text) place) =>
        string.Create(CultureInfo.InvariantCulture, $"{place.Number}:{place.Text}");

    private static (long Number, string Text) Read(string after) =>
        after.IndexOf(':', StringComparison.Ordinal) is var colon and > 0
        && long.TryParse(after.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (number, after[(colon + 1)..])
            : throw new FormatException("This is not a position in a list of keys.");
}
