using System.Security.Cryptography;
using System.Text;
using McpOidc.Keys;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>The code that a person enters (RFC 8628 §6.1): eight consonants, which form no word, for example <c>WDJB-MJHT</c>. There are
/// 2.6 * 10^10 codes.</summary>
internal static class UserCode
{
    private const string Letters = "BCDFGHJKLMNPQRSTVWXZ";
    private const int Length = 8;
    private const int IdBytes = 16;

    public static string Create() => RandomNumberGenerator.GetString(Letters, Length);

    /// <summary>Parses a code in any spelling; <see langword="null"/> for anything that cannot be one.</summary>
    public static string? Read(string? typed)
    {
        var code = string.Concat((typed ?? "").Take(Length * 4).Select(Narrow).Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        return code.Length == Length && code.All(Letters.Contains) ? code : null;
    }

    // A Japanese keyboard enters the full-width forms (U+FF01 to U+FF5E) of ASCII.
    private static char Narrow(char typed) => typed is >= '\uFF01' and <= '\uFF5E' ? (char)(typed - 0xFEE0) : typed;

    /// <summary>The code as shown to people.</summary>
    public static string Show(string code) => $"{code[..4]}-{code[4..]}";

    /// <summary>The id of its request. The store does not reveal the code.</summary>
    public static string IdOf(string code, DerivedKey key) =>
        Base64UrlEncoder.Encode(HMACSHA256.HashData(key.Value, Encoding.ASCII.GetBytes($"user code {code}"))[..IdBytes]);
}
