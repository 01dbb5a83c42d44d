using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Pages;

/// <summary>
/// A file whose URL changes with its content, so that browsers can cache it indefinitely. A request for another version, as during a
/// rolling update, returns the current one, cached for one minute.
/// </summary>
internal static class VersionedFile
{
    public static string Url(string path, byte[] content) => $"{path}?v={Convert.ToHexStringLower(SHA256.HashData(content))[..16]}";

    public static void AllowCaching(HttpContext http, string url)
    {
        http.Response.Headers.CacheControl =
            url.EndsWith(http.Request.QueryString.Value ?? "", StringComparison.Ordinal) && http.Request.QueryString.HasValue
                ? "public, max-age=31536000, immutable"
                : "public, max-age=60";
        http.Response.Headers.XContentTypeOptions = "nosniff";
    }
}
