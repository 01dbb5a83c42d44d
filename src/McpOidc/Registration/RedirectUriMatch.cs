using System.Text.RegularExpressions;

namespace McpOidc.Registration;

/// <summary>
/// Whether a requested redirect URI is a registered one: the same string (RFC 9700 §4.1.3), with two exceptions. The port of a loopback URI
/// is free (RFC 8252 §7.3), because a native app listens where there is room, and its empty path is <c>/</c> (RFC 3986 §6.2.3), because
/// half of the libraries add that slash. The case of a private scheme says nothing (RFC 3986 §6.2.2.1).
/// </summary>
/// <remarks>Strings are compared as they were sent. A URI parser normalises before it compares (<c>127.1</c>, <c>%2e%2e</c>, an
/// upper-case host), and the browser that follows the redirect may normalise differently.</remarks>
internal static partial class RedirectUriMatch
{
    public static bool Matches(string registered, string requested) =>
        !IsAmbiguous(requested)
        && (
            string.Equals(registered, requested, StringComparison.Ordinal)
            || AreSameLoopback(registered, requested)
            || AreSamePrivate(registered, requested)
        );

    /// <summary>Whether two are one address: what <see cref="Matches"/> sees past but for the port, which is known by now.</summary>
    public static bool IsSame(string authorized, string redeemed) =>
        string.Equals(WithPath(authorized), WithPath(redeemed), StringComparison.Ordinal) || AreSamePrivate(authorized, redeemed);

    /// <summary>Plain http to this very machine, under one of its three usual names.</summary>
    public static bool IsLoopback(string uri) => Loopback().IsMatch(uri);

    /// <summary>The URI as one consent is remembered for: of a loopback URI without the port, which changes with every start.</summary>
    public static string WithoutLoopbackPort(string uri) =>
        Loopback().Match(uri) is { Success: true } match ? $"http://{match.Groups["host"].ValueSpan}{PathAndQueryOf(match)}" : uri;

    private static bool AreSameLoopback(string registered, string requested) =>
        Loopback().Match(registered) is { Success: true } known
        && Loopback().Match(requested) is { Success: true } asked
        && HasUsablePort(asked)
        && known.Groups["host"].ValueSpan.SequenceEqual(asked.Groups["host"].ValueSpan)
        && PathAndQueryOf(known) == PathAndQueryOf(asked);

    private static string WithPath(string uri) =>
        Loopback().Match(uri) is { Success: true } match ? uri[..match.Groups["rest"].Index] + PathAndQueryOf(match) : uri;

    private static string PathAndQueryOf(Match loopback) =>
        loopback.Groups["rest"].Value is var rest && rest.StartsWith('/') ? rest : "/" + rest;

    private static bool AreSamePrivate(string registered, string requested) =>
        registered.IndexOf(':', StringComparison.Ordinal) is > 0 and var end
        && RedirectUri.CanBePrivate(registered[..end])
        && requested.Length == registered.Length
        && RedirectUri.StartsWith(requested, registered);

    private static bool HasUsablePort(Match uri) =>
        uri.Groups["port"] is not { Success: true } port || ushort.TryParse(port.ValueSpan, out _);

    // What browsers and servers are known to read differently: userinfo, a fragment, a backslash, white space and control characters.
    private static bool IsAmbiguous(string uri) =>
        uri.Any(character => character is '\\' or '#' or <= ' ' or >= '\u007f') || UserInfo().IsMatch(uri);

    // No other spelling of the host, and nothing between host and path but a port.
    [GeneratedRegex(
        @"\Ahttp://(?<host>localhost|127\.0\.0\.1|\[::1\])(?::(?<port>[1-9][0-9]{0,4}))?(?<rest>(?:[/?].*)?)\z",
        RegexOptions.Singleline | RegexOptions.CultureInvariant
    )]
    private static partial Regex Loopback();

    [GeneratedRegex(@"\A[^/?]*//[^/?]*@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();
}
