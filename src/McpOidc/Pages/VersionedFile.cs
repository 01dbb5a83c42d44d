using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Pages;

/// <summary>
/// A file whose URL changes with its content: browsers keep it for good. Asked for under another version, as happens while instances are
/// replaced one by one, it is what is there now, and kept for a minute.
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
