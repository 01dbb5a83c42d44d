using System.Globalization;
using System.Text;

namespace McpOidc.Pages;

/// <summary>The page texts in one language, with its writing direction and date formats.</summary>
/// <param name="Language">The language tag (BCP 47), for the attribute <c>lang</c>.</param>
/// <param name="All">All texts.</param>
internal sealed record PageTexts(string Language, IReadOnlyDictionary<PageText, string> All)
{
    private static readonly string[] s_rightToLeft = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

    /// <summary>For the attribute <c>dir</c>.</summary>
    public string Direction { get; } = s_rightToLeft.Contains(Language.Split('-')[0], StringComparer.OrdinalIgnoreCase) ? "rtl" : "ltr";

    /// <summary>A text without placeholders.</summary>
    public string this[PageText key] => All[key];

    /// <summary>A text with its placeholders replaced. A string value is encoded.</summary>
    public Html With(PageText key, params (string Name, Html Value)[] values)
    {
        var pieces = new List<Html>();
        var rest = All[key];
        while (rest.IndexOf('{', StringComparison.Ordinal) is >= 0 and var open && rest.IndexOf('}', open) is > 0 and var close)
        {
            var name = rest[(open + 1)..close];
            pieces.Add(rest[..open]);
            pieces.Add(values.First(value => value.Name == name).Value);
            rest = rest[(close + 1)..];
        }

        return Html.Join(pieces.Append(rest), "");
    }

    /// <summary>A date for users and programs. Dates and times are in UTC: the server does not know the user's time zone.</summary>
    public Html Date(DateTimeOffset moment) =>
        Html.Of($"<time datetime=\"{moment.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}\">{DateText(moment)}</time>");

    /// <summary>A date with the time of day.</summary>
    public Html DateAndTime(DateTimeOffset moment)
    {
        var time = moment.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture);
        var text = Fill(All[PageText.DateAndTimePattern], ("date", DateText(moment)), ("time", time));
        return Html.Of(
            $"<time datetime=\"{moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}\">{text}</time>"
        );
    }

    // The runtime has no cultures here (InvariantGlobalization): month names and their order are page texts.
    private string DateText(DateTimeOffset moment)
    {
        var day = moment.UtcDateTime;
        return Fill(
            All[PageText.DatePattern],
            ("day", day.Day.ToString(CultureInfo.InvariantCulture)),
            ("month", All[PageText.Months].Split('|')[day.Month - 1]),
            ("year", day.Year.ToString(CultureInfo.InvariantCulture))
        );
    }

    private static string Fill(string text, params (string Name, string Value)[] values) =>
        values.Aggregate(new StringBuilder(text), (filled, value) => filled.Replace("{" + value.Name + "}", value.Value)).ToString();
}
