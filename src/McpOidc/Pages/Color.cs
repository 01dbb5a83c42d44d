using System.Globalization;

namespace McpOidc.Pages;

/// <summary>A CSS colour, <c>#rrggbb</c>, and its contrast with another.</summary>
internal readonly record struct Color(byte Red, byte Green, byte Blue)
{
    /// <summary>The minimum contrast of text (WCAG 2.2, 1.4.3).</summary>
    public const double Readable = 4.5;

    public static Color White { get; } = new(255, 255, 255);
    public static Color Black { get; } = new(0, 0, 0);

    // WCAG 2.2, relative luminance.
    private double Luminance => (0.2126 * Linear(Red)) + (0.7152 * Linear(Green)) + (0.0722 * Linear(Blue));

    public static Color? TryParse(string? text) =>
        text is ['#', .. { Length: 6 } digits]
        && uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? new Color((byte)(value >> 16), (byte)(value >> 8), (byte)value)
            : null;

    /// <summary>From 1, indistinguishable, to 21, black on white (WCAG 2.2, contrast ratio).</summary>
    public double ContrastWith(Color other) =>
        (Math.Max(Luminance, other.Luminance) + 0.05) / (Math.Min(Luminance, other.Luminance) + 0.05);

    /// <summary>Mixes in a share of another colour, from 0 to 1.</summary>
    public Color Mix(Color other, double share) =>
        new(Mix(Red, other.Red, share), Mix(Green, other.Green, share), Mix(Blue, other.Blue, share));

    /// <summary>Lightens this colour only until it is readable on dark ones.</summary>
    public Color LightenUntilReadableOn(params Color[] backgrounds)
    {
        var lighter = this;
        for (var share = 0.05; backgrounds.Any(background => lighter.ContrastWith(background) < Readable) && share <= 1; share += 0.05)
        {
            lighter = Mix(White, share);
        }

        return lighter;
    }

    public override string ToString() => $"#{Red:x2}{Green:x2}{Blue:x2}";

    private static double Linear(byte channel)
    {
        var share = channel / 255.0;
        return share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
    }

    private static byte Mix(byte one, byte other, double share) => (byte)Math.Round(one + ((other - one) * share));
}
