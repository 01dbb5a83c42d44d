using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace McpOidc.Pages;

/// <summary>Builds an interpolated string for <see cref="Html.Of"/>: literals as they are, values encoded.</summary>
[InterpolatedStringHandler]
internal readonly ref struct HtmlInterpolation(int literalLength, int formattedCount)
{
    private readonly StringBuilder _html = new(literalLength + (formattedCount * 24));

    public void AppendLiteral(string html) => _html.Append(html);

    public void AppendFormatted(string? text) => _html.Append(Html.Encode(text));

    public void AppendFormatted(int number) => _html.Append(number.ToString(CultureInfo.InvariantCulture));

    public void AppendFormatted(Html html) => _html.Append(html.ToString());

    public void AppendFormatted(IEnumerable<Html> pieces) => _html.Append(Html.Join(pieces).ToString());

    public string Finish() => _html.ToString();
}
