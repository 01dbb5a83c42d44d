using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Token;

/// <summary>Random values that are issued once and stored only as hashes. They have 256 bits, so a plain SHA-256 cannot be reversed by
/// guessing.</summary>
internal static class OpaqueToken
{
    /// <summary>43 characters of base64url.</summary>
    public static string Create() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));

    /// <summary>An identifier that is not secret: 22 characters of base64url, 128 bits.</summary>
    public static string CreateId() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16));

    /// <summary>Derives an identifier from another id: always the same one, from which the other cannot be computed.</summary>
    public static string DeriveId(string value) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(value))[..16]);

    public static string Hash(string value) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(value)));

    /// <summary>Compares in constant time.</summary>
    public static bool Matches(string? value, string? hash) =>
        value is not null
        && hash is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(value)), Encoding.ASCII.GetBytes(hash));
}
