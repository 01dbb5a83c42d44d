using System.Security.Cryptography;
using System.Text;
using McpOidc.Keys;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>What a person types (RFC 8628 §6.1): eight consonants, so that they form no word, as <c>WDJB-MJHT</c>. Of these there are 2.6 *
/// 10^10.</summary>
internal static class UserCode
{
    private const string Letters = "BCDFGHJKLMNPQRSTVWXZ";
    private const int Length = 8;
    private const int IdBytes = 16;

    public static string Create() => RandomNumberGenerator.GetString(Letters, Length);

    /// <summary>The code that somebody typed, however they write it; <see langword="null"/> for what cannot be one.</summary>
    public static string? Read(string? typed)
    {
        var code = string.Concat((typed ?? "").Take(Length * 4).Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        return code.Length == Length && code.All(Letters.Contains) ? code : null;
    }

    /// <summary>As it is shown.</summary>
    public static string Show(string code) => $"{code[..4]}-{code[4..]}";

    /// <summary>The id of the request that it is of. Who reads the store cannot tell the code from it.</summary>
    public static string IdOf(string code, DerivedKey key) =>
        Base64UrlEncoder.Encode(HMACSHA256.HashData(key.Value, Encoding.ASCII.GetBytes($"user code {code}"))[..IdBytes]);
}
