using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace McpOidc.Configuration;

/// <summary>Checks URLs of this system: they must use https, or http on loopback.</summary>
internal static class UrlRules
{
    // .NET ignores white space around a URL, which would remain in texts that are compared or extended.
    public static bool IsSecureOrLoopback(string? value, bool allowHttp = false) =>
        TryRead(value, out var uri)
        && !value.Any(char.IsWhiteSpace)
        && uri.UserInfo.Length == 0
        && uri.Fragment.Length == 0
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && (allowHttp || IsLoopback(uri))));

    /// <summary>Parses an http or https URL from an untrusted source.</summary>
    public static bool TryRead([NotNullWhen(true)] string? value, [NotNullWhen(true)] out Uri? uri)
    {
        uri = null;

        // .NET reads a leading slash as a file path, and throws for some of those instead of rejecting them.
        return value is not null
            && value.StartsWith("http", StringComparison.OrdinalIgnoreCase)
            && Uri.TryCreate(value, UriKind.Absolute, out uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);
    }

    public static bool IsLoopback(Uri uri) => IsLoopbackHost(uri.Host);

    public static bool IsLoopbackHost(string host) =>
        host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
