using System.Text.RegularExpressions;

namespace McpOidc.Registration;

/// <summary>
/// Compares a requested redirect URI with a registered one: exact string comparison (RFC 9700 §4.1.3), with these exceptions. The port of
/// a loopback URI is ignored (RFC 8252 §7.3), because a native app uses any free one. Its empty path equals <c>/</c> (RFC 3986 §6.2.3),
/// because half of the libraries add that slash. The case of a private scheme is ignored (RFC 3986 §6.2.2.1).
/// </summary>
/// <remarks>Strings are compared as sent. A URI parser normalizes first (<c>127.1</c>, <c>%2e%2e</c>, an upper-case host), and the browser
/// that follows the redirect may normalize differently.</remarks>
internal static partial class RedirectUriMatch
{
    public static bool Matches(string registered, string requested) =>
        !IsAmbiguous(requested)
        && (
            string.Equals(registered, requested, StringComparison.Ordinal)
            || AreSameLoopback(registered, requested)
            || AreSamePrivate(registered, requested)
        );

    /// <summary>Whether two URIs are equivalent: like <see cref="Matches"/>, but with the port, which is known at this point.</summary>
    public static bool IsSame(string authorized, string redeemed) =>
        string.Equals(WithPath(authorized), WithPath(redeemed), StringComparison.Ordinal) || AreSamePrivate(authorized, redeemed);

    /// <summary>Whether a URI names a user, which browsers and servers are known to read differently.</summary>
    public static bool HasUserInfo(string uri) => UserInfo().IsMatch(uri);

    /// <summary>Plain http to this machine, under one of its three usual names.</summary>
    public static bool IsLoopback(string uri) => Loopback().IsMatch(uri);

    /// <summary>The URI for which consent is remembered: without the port of a loopback URI, which changes with every start.</summary>
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

    // Parts that browsers and servers are known to interpret differently: userinfo, a fragment, a backslash, white space and control
    // characters.
    private static bool IsAmbiguous(string uri) =>
        uri.Any(character => character is '\\' or '#' or <= ' ' or >= '\u007f') || HasUserInfo(uri);

    // No other spelling of the host, and nothing but a port between host and path.
    [GeneratedRegex(
        @"\Ahttp://(?<host>localhost|127\.0\.0\.1|\[::1\])(?::(?<port>[1-9][0-9]{0,4}))?(?<rest>(?:[/?].*)?)\z",
        RegexOptions.Singleline | RegexOptions.CultureInvariant
    )]
    private static partial Regex Loopback();

    [GeneratedRegex(@"\A[^/?]*//[^/?]*@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();
}
