using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Hosting;

/// <summary>A document that anybody may read and keep for a while, and ask afterwards whether it is still the same (RFC 9110
/// §13.1.2).</summary>
internal static class PublicDocument
{
    /// <summary>Long enough to spare requests, and short against what a change is announced by.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    public static IResult Serve(HttpResponse response, byte[] json, TimeSpan? lifetime = null)
    {
        response.Headers.CacheControl = $"public, max-age={(int)(lifetime ?? Lifetime).TotalSeconds}";
        return Results.Bytes(
            json,
            "application/json; charset=utf-8",
            entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(json))[..32]}\"")
        );
    }
}
