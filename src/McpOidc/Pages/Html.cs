using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace McpOidc.Pages;

/// <summary>
/// Finished HTML, created only by <c>Html.Of($"…")</c>: the literal is trusted, and every value in it is encoded unless it is
/// <see cref="Html"/>. There is no other way to create it from text.
/// </summary>
internal readonly record struct Html
{
    // Encoding other characters would make a Japanese page four times as long.
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly string? _value;

    private Html(string value) => _value = value;

    public static Html Empty { get; }

    public static Html Of(HtmlInterpolation html) => new(html.Finish());

    /// <summary>Concatenates several pieces.</summary>
    public static Html Join(IEnumerable<Html> pieces, string between = "\n") => new(string.Join(s_encoder.Encode(between), pieces));

    public static string Encode(string? text) => s_encoder.Encode(text ?? "");

    /// <summary>Encodes text as HTML.</summary>
    public static implicit operator Html(string? text) => new(Encode(text));

    public override string ToString() => _value ?? "";
}
