using System.Text.RegularExpressions;

namespace McpOidc.Sessions;

/// <summary>
/// Describes a device by its <c>User-Agent</c> header (RFC 9110 §10.1.5), in a few words that its user recognizes. The header is
/// untrusted: it is displayed, but no decision depends on it.
/// </summary>
internal static partial class DeviceName
{
    private const int MaximumRead = 500;

    // The order matters: nearly all of them also claim to be Chrome, and Chrome claims to be Safari.
    private static readonly (string Mark, string Name)[] s_programs =
    [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Vivaldi/", "Vivaldi"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        (" Code/", "Visual Studio Code"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Chromium/", "Chromium"),
        ("Safari/", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] s_systems =
    [
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Macintosh", "macOS"),
        ("Linux", "Linux"),
    ];

    /// <returns>For instance <c>Chrome on Windows</c>, or the name of a program; <see langword="null"/> if unknown.</returns>
    public static string? From(string? userAgent)
    {
        if (string.IsNullOrWhiteSpace(userAgent))
        {
            return null;
        }

        var sent = userAgent.Length > MaximumRead ? userAgent[..MaximumRead] : userAgent;
        if (!sent.StartsWith("Mozilla/", StringComparison.Ordinal))
        {
            return Product().Match(sent) is { Success: true } product ? product.Value : null;
        }

        var (program, system) = (Find(s_programs, sent), Find(s_systems, sent));
        return program is null ? system
            : system is null ? program
            : $"{program} on {system}";
    }

    private static string? Find((string Mark, string Name)[] known, string sent) =>
        known.FirstOrDefault(one => sent.Contains(one.Mark, StringComparison.Ordinal)).Name;

    [GeneratedRegex("^[A-Za-z0-9._-]{1,40}")]
    private static partial Regex Product();
}
