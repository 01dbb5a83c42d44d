using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Token;

/// <summary>
/// A personal access token: a prefix that secret scanners find, the id of its grant and 256 random bits in base62, and a CRC-32 of all
/// that, so that a scanner can distinguish a token from similar text. It is opaque: the grant has its scopes and expiry.
/// </summary>
/// <param name="GrantId">The id of the grant.</param>
/// <param name="Value">The complete token.</param>
internal sealed record PersonalAccessToken(string GrantId, string Value)
{
    public const string Prefix = "mcpoidc_pat_";

    /// <summary>Replaces the client id, because the token was issued to no client. No client can have this id.</summary>
    public const string Client = "(personal-access-token)";

    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int IdBytes = 16;
    private const int SecretBytes = 32;
    private const int BodyLength = 65;
    private const int ChecksumLength = 6;
    private const int Length = 12 + BodyLength + ChecksumLength;

    public string Hash => OpaqueToken.Hash(Value);

    public static PersonalAccessToken Create(string grantId)
    {
        var bytes = new byte[IdBytes + SecretBytes];
        Base64UrlEncoder.DecodeBytes(grantId).CopyTo(bytes, 0);
        RandomNumberGenerator.Fill(bytes.AsSpan(IdBytes));
        var unchecked62 = Prefix + Encode(new BigInteger(bytes, isUnsigned: true, isBigEndian: true), BodyLength);
        return new(grantId, unchecked62 + Checksum(unchecked62));
    }

    /// <summary>Whether a value has the prefix.</summary>
    public static bool MayBe(ReadOnlySpan<char> value) => value.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Parses a token; <see langword="null"/> if format or checksum is wrong.</summary>
    public static PersonalAccessToken? Read(string? value)
    {
        if (
            value is not { Length: Length }
            || !MayBe(value)
            || Checksum(value[..^ChecksumLength]) != value[^ChecksumLength..]
            || Decode(value.AsSpan(Prefix.Length, BodyLength)) is not { } number
        )
        {
            return null;
        }

        var bytes = new byte[IdBytes + SecretBytes];
        var size = number.GetByteCount(isUnsigned: true);
        return size <= bytes.Length && number.TryWriteBytes(bytes.AsSpan(bytes.Length - size), out _, isUnsigned: true, isBigEndian: true)
            ? new(Base64UrlEncoder.Encode(bytes[..IdBytes]), value)
            : null;
    }

    public override string ToString() => $"{nameof(PersonalAccessToken)} {{ GrantId = {GrantId} }}";

    private static string Checksum(string text) => Encode(Crc32(Encoding.ASCII.GetBytes(text)), ChecksumLength);

    private static string Encode(BigInteger number, int length)
    {
        var digits = new char[length];
        for (var at = length - 1; at >= 0; at--)
        {
            number = BigInteger.DivRem(number, Digits.Length, out var digit);
            digits[at] = Digits[(int)digit];
        }

        return new(digits);
    }

    private static BigInteger? Decode(ReadOnlySpan<char> digits)
    {
        var number = BigInteger.Zero;
        foreach (var digit in digits)
        {
            if (Digits.IndexOf(digit, StringComparison.Ordinal) is not (>= 0 and var value))
            {
                return null;
            }

            number = (number * Digits.Length) + value;
        }

        return number;
    }

    // zlib's CRC-32, which every scripting language has. BitOperations.Crc32C uses another polynomial (Castagnoli).
    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}
