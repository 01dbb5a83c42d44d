using System.Net;

namespace McpOidc.Configuration;

/// <summary>What may be a URL of this system: https, or http on the machine itself.</summary>
internal static class UrlRules
{
    public static bool IsSecureOrLoopback(string? value, bool allowHttp = false)
        => Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && (allowHttp || IsLoopback(uri))));

    public static bool IsLoopback(Uri uri) => IsLoopbackHost(uri.Host);

    public static bool IsLoopbackHost(string host)
        => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
