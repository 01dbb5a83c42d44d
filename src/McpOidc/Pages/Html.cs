using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace McpOidc.Pages;

/// <summary>
/// Finished HTML. It is written as <c>Html.Of($"…")</c>: what stands in the literal is ours, every value in it is encoded unless it is
/// <see cref="Html"/> itself. There is no other way to make it from text.
/// </summary>
internal readonly record struct Html
{
    // Everything else would make a page of Japanese four times as long.
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly string? _value;

    private Html(string value) => _value = value;

    public static Html Empty { get; }

    public static Html Of(HtmlInterpolation html) => new(html.Finish());

    /// <summary>Several pieces, one after the other.</summary>
    public static Html Join(IEnumerable<Html> pieces, string between = "\n") => new(string.Join(s_encoder.Encode(between), pieces));

    public static string Encode(string? text) => s_encoder.Encode(text ?? "");

    /// <summary>Text becomes HTML by being encoded.</summary>
    public static implicit operator Html(string? text) => new(Encode(text));

    public override string ToString() => _value ?? "";
}
