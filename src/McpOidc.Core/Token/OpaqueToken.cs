using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Token;

/// <summary>Random values that are handed out once and kept as hashes only. They have 256 bits, so a plain SHA-256 cannot be guessed
/// back.</summary>
internal static class OpaqueToken
{
    /// <summary>43 characters of base64url.</summary>
    public static string Create() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));

    /// <summary>An identifier that is no secret: 22 characters of base64url, 128 bits.</summary>
    public static string CreateId() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16));

    /// <summary>The same of what else is known by another id: always this one, and nobody can tell the other from it.</summary>
    public static string DeriveId(string value) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(value))[..16]);

    public static string Hash(string value) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(value)));

    /// <summary>Compares in constant time.</summary>
    public static bool Matches(string? value, string? hash) =>
        value is not null
        && hash is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(value)), Encoding.ASCII.GetBytes(hash));
}
