using McpOidc.Configuration;

namespace McpOidc.Pages;

/// <summary>The colours of the pages, light or dark. Colours that a brand cannot choose are fixed here, so that contrast can be checked at
/// start.</summary>
/// <param name="Accent">Buttons, links, marks.</param>
/// <param name="Back">Around the card.</param>
/// <param name="Paper">The card.</param>
/// <param name="Ink">Text.</param>
/// <param name="Quiet">Secondary text.</param>
internal sealed record Palette(Color Accent, Color Back, Color Paper, Color Ink, Color Quiet)
{
    private static readonly Color s_lightPaper = new(0xff, 0xff, 0xff);
    private static readonly Color s_darkPaper = new(0x1c, 0x1f, 0x26);

    public static Palette Light(PageOptions options) =>
        new(Required(options.Accent), Required(options.Background), s_lightPaper, new(0x17, 0x1a, 0x21), new(0x55, 0x5d, 0x6b));

    public static Palette Dark(PageOptions options)
    {
        var back = Required(options.BackgroundDark);
        return new(
            Color.TryParse(options.AccentDark) ?? Required(options.Accent).LightenUntilReadableOn(s_darkPaper, back),
            back,
            s_darkPaper,
            new(0xed, 0xef, 0xf3),
            new(0xab, 0xb3, 0xc0)
        );
    }

    /// <summary>The custom properties of the stylesheet.</summary>
    public string ToCss()
    {
        var onAccent = Accent.ContrastWith(Color.White) >= Accent.ContrastWith(Color.Black) ? Color.White : Color.Black;
        return $"--accent:{Accent};--on-accent:{onAccent};--tint:{Paper.Mix(Accent, 0.1)};--back:{Back};--paper:{Paper};--ink:{Ink};"
            + $"--quiet:{Quiet};--line:{Paper.Mix(Ink, 0.14)};--edge:{Paper.Mix(Ink, 0.5)};--shade:{Paper.Mix(Ink, 0.04)}";
    }

    private static Color Required(string color) =>
        Color.TryParse(color) ?? throw new InvalidOperationException($"'{color}' is not a colour, and the settings were not validated.");
}
