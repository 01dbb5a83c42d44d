using System.Text;
using System.Text.RegularExpressions;

namespace McpOidc.Configuration;

/// <summary>
/// Compares resource identifiers as clients actually send them: it ignores the case of scheme and host, a default port and a trailing
/// slash (RFC 3986 §6.2; MCP 2026-07-28 asks servers to accept upper case). Path and query are compared exactly.
/// </summary>
internal static partial class CanonicalResource
{
    /// <summary>The canonical form, or <see langword="null"/> for a value that cannot identify a resource (RFC 8707 §2).</summary>
    public static string? From(string? value)
    {
        // RFC 3986 allows only ASCII, and .NET silently drops some non-ASCII characters from a host.
        if (
            !UrlRules.TryRead(value, out var uri)
            || !Ascii.IsValid(value)
            || value.Contains('#', StringComparison.Ordinal)
            || value.Contains('\\', StringComparison.Ordinal)
            || uri.UserInfo.Length > 0
            || value.Any(char.IsControl)
            || BrokenEscape().IsMatch(value)
        )
        {
            return null;
        }

        // Uri lower-cases scheme and host and drops a default port.
        return uri.GetLeftPart(UriPartial.Authority) + uri.AbsolutePath.TrimEnd('/') + uri.Query;
    }

    public static bool AreSame(string? left, string? right) => From(left) is { } canonical && canonical == From(right);

    // A URI parser repairs a stray percent sign and then repairs its own output differently, so there is no canonical form (RFC 3986
    // §2.1).
    [GeneratedRegex("%(?![0-9A-Fa-f]{2})", RegexOptions.CultureInvariant)]
    private static partial Regex BrokenEscape();
}
