using System.Net;
using McpOidc.Configuration;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>The operator's proxy for fetching documents.</summary>
internal static class DocumentProxy
{
    /// <summary>Whether a setting is a proxy URL: scheme, host and port, and optional credentials.</summary>
    public static bool IsValid(string value) => UrlRules.TryRead(value, out var url) && url.AbsolutePath == "/" && url.Query.Length == 0;

    /// <returns><see langword="null"/> if none is set: no other proxy is used.</returns>
    public static WebProxy? Read(string? value)
    {
        if (string.IsNullOrEmpty(value) || !UrlRules.TryRead(value, out var url))
        {
            return null;
        }

        string[] parts = url.UserInfo.Split(':', 2);
        return new WebProxy(url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped), BypassOnLocal: true)
        {
            Credentials = parts is [{ Length: > 0 } name, ..]
                ? new NetworkCredential(Uri.UnescapeDataString(name), Uri.UnescapeDataString(parts is [_, var word] ? word : ""))
                : null,
        };
    }

    public static bool Is(WebProxy proxy, DnsEndPoint host) =>
        proxy.Address is { } address && address.IdnHost.Trim('[', ']') == host.Host.Trim('[', ']') && address.Port == host.Port;
}
