using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpOidc.Keys;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Token;

/// <summary>
/// The client's form of a refresh token: <c>{grant}.{secret}.{mac}</c>. The grant is the key of the record. The secret is random and ends
/// with <c>~</c>, the generation and, if the token is bound to a key, <c>k</c>. The MAC distinguishes tokens issued by this server from
/// invented ones, so that reuse of an old token is detected as theft, and one newer than its record as a lost write, without storing them.
/// </summary>
/// <param name="GrantId">The grant.</param>
/// <param name="Value">The complete token.</param>
/// <param name="Generation">Its number in its family; 0 for a token from before generations were added.</param>
/// <param name="IsBound">Whether its holder proved a key when it was issued.</param>
internal sealed record RefreshToken(string GrantId, string Value, int Generation, bool IsBound)
{
    private const int MarkSize = 8;
    private const char GenerationMark = '~';
    private const char BoundMark = 'k';

    public string Hash => field ??= OpaqueToken.Hash(Value);

    public static RefreshToken Create(string grantId, int generation, bool isBound, DerivedKey macKey)
    {
        var secret =
            $"{OpaqueToken.Create()}{GenerationMark}{generation.ToString(CultureInfo.InvariantCulture)}{(isBound ? BoundMark : "")}";
        return new(grantId, TokenMac.Sign($"{grantId}.{secret}", macKey), generation, isBound);
    }

    /// <summary>The token, or <see langword="null"/> for a value that this server did not issue.</summary>
    public static RefreshToken? Read(string? value, IReadOnlyList<DerivedKey> macKeys) =>
        value?.Split('.') is [{ Length: > 0 } grantId, { Length: > 0 } secret, { Length: > 0 }] && TokenMac.IsOurs(value, macKeys)
            ? new RefreshToken(grantId, value, GenerationOf(secret), secret.EndsWith(BoundMark) && secret.Contains(GenerationMark))
            : null;

    private static int GenerationOf(string secret) =>
        secret.LastIndexOf(GenerationMark) is >= 0 and var mark
        && int.TryParse(secret.AsSpan(mark + 1).TrimEnd(BoundMark), NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            ? generation
            : 0;

    /// <summary>Encrypts the successor so that only a holder of this token can read it: neither the store nor a holder of the server's
    /// secret can.</summary>
    public byte[] SealSuccessor(string successor)
    {
        var plaintext = Encoding.ASCII.GetBytes(successor);
        var payload = new byte[plaintext.Length + AesGcm.TagByteSizes.MaxSize];
        using var aes = new AesGcm(SuccessorKey(), AesGcm.TagByteSizes.MaxSize);
        // The key is used for a single message, so the nonce may be constant.
        aes.Encrypt(
            new byte[AesGcm.NonceByteSizes.MaxSize],
            plaintext,
            payload.AsSpan(0, plaintext.Length),
            payload.AsSpan(plaintext.Length)
        );
        return payload;
    }

    public string OpenSuccessor(byte[] payload)
    {
        var plaintext = new byte[payload.Length - AesGcm.TagByteSizes.MaxSize];
        using var aes = new AesGcm(SuccessorKey(), AesGcm.TagByteSizes.MaxSize);
        aes.Decrypt(
            new byte[AesGcm.NonceByteSizes.MaxSize],
            payload.AsSpan(0, plaintext.Length),
            payload.AsSpan(plaintext.Length),
            plaintext
        );
        return Encoding.ASCII.GetString(plaintext);
    }

    /// <summary>Lets a holder of this token compare addresses, without revealing them to a reader of the store.</summary>
    public string Mark(string address) =>
        Base64UrlEncoder.Encode(HMACSHA256.HashData(Encoding.ASCII.GetBytes(Value), Encoding.UTF8.GetBytes(address))[..MarkSize]);

    public override string ToString() => $"{nameof(RefreshToken)} {{ GrantId = {GrantId} }}";

    private byte[] SuccessorKey() =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Encoding.ASCII.GetBytes(Value),
            32,
            info: "McpOidc refresh token successor v1"u8.ToArray()
        );
}
