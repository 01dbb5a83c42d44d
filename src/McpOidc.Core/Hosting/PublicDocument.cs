using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace McpOidc.Hosting;

/// <summary>A public document that caches may keep for a while and revalidate afterwards (RFC 9110 §13.1.2).</summary>
internal static class PublicDocument
{
    /// <summary>Long enough to save requests, and short compared with the notice given for a change.</summary>
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
