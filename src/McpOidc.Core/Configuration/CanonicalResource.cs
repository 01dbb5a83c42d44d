using System.Text;
using System.Text.RegularExpressions;

namespace McpOidc.Configuration;

/// <summary>
/// Compares resource identifiers as clients really send them: the case of scheme and host, a default port and a slash at the end do not
/// matter (RFC 3986 §6.2; MCP 2026-07-28 asks servers to accept upper case). Path and query are compared as they are.
/// </summary>
internal static partial class CanonicalResource
{
    /// <summary>The canonical form, or <see langword="null"/> for something that cannot identify a resource (RFC 8707 §2).</summary>
    public static string? From(string? value)
    {
        // RFC 3986 knows ASCII only, and .NET drops characters from a host that is not.
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

    // A URI parser repairs a stray percent sign, and its own repair differently: no form of it is canonical (RFC 3986 §2.1).
    [GeneratedRegex("%(?![0-9A-Fa-f]{2})", RegexOptions.CultureInvariant)]
    private static partial Regex BrokenEscape();
}
