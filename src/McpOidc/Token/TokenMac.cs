using System.Security.Cryptography;
using System.Text;
using McpOidc.Keys;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Token;

/// <summary>
/// Distinguishes values issued by this server from invented ones without the store: <c>{anything}.{mac}</c>, or with another separator. It
/// does not show whether the value is still valid.
/// </summary>
internal static class TokenMac
{
    private const int Size = 16;
    private const int MaximumLength = 256;

    public static string Sign(string unsigned, DerivedKey key, char separator = '.') =>
        unsigned + separator + Base64UrlEncoder.Encode(Compute(unsigned, key));

    public static bool IsOurs(string value, IReadOnlyList<DerivedKey> keys, char separator = '.')
    {
        if (value.Length > MaximumLength || value.LastIndexOf(separator) is not (> 0 and var end))
        {
            return false;
        }

        var (unsigned, given) = (value[..end], Encoding.ASCII.GetBytes(value[(end + 1)..]));
        return keys.Any(key =>
            CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Base64UrlEncoder.Encode(Compute(unsigned, key))), given)
        );
    }

    private static byte[] Compute(string unsigned, DerivedKey key) =>
        HMACSHA256.HashData(key.Value, Encoding.ASCII.GetBytes(unsigned))[..Size];
}
