using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpOidc.Keys;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Token;

/// <summary>
/// The client's form of a refresh token: <c>{grant}.{random}~{subject}~{generation}.{mac}</c>, with <c>k</c> after the generation if it is
/// bound to a key. Grant and subject are the keys of the records, so that one round trip reads both. The MAC distinguishes tokens issued by
/// this server from invented ones, so that reuse of an old token is detected as theft, and one newer than its record as a lost write,
/// without storing them.
/// </summary>
/// <param name="GrantId">The grant.</param>
/// <param name="Subject">The user of the grant; <see langword="null"/> in a token from before subjects were added.</param>
/// <param name="Value">The complete token.</param>
/// <param name="Generation">Its number in its family; 0 for a token from before generations were added.</param>
/// <param name="IsBound">Whether its holder proved a key when it was issued.</param>
internal sealed record RefreshToken(string GrantId, string? Subject, string Value, int Generation, bool IsBound)
{
    private const int MarkSize = 8;
    private const char Separator = '~';
    private const char BoundMark = 'k';

    public string Hash => field ??= OpaqueToken.Hash(Value);

    public static RefreshToken Create(GrantRecord grant, int generation, bool isBound, DerivedKey macKey)
    {
        var number = generation.ToString(CultureInfo.InvariantCulture) + (isBound ? BoundMark : "");
        var unsigned = $"{grant.Id}.{OpaqueToken.Create()}{Separator}{grant.Subject}{Separator}{number}";
        return new(grant.Id, grant.Subject, TokenMac.Sign(unsigned, macKey), generation, isBound);
    }

    /// <summary>The token, or <see langword="null"/> for a value that this server did not issue.</summary>
    public static RefreshToken? Read(string? value, IReadOnlyList<DerivedKey> macKeys) =>
        value?.Split('.') is [{ Length: > 0 } grantId, { Length: > 0 } secret, { Length: > 0 }] && TokenMac.IsOurs(value, macKeys)
            ? secret.Split(Separator) switch
            {
                [_, var subject, var number] => new(grantId, subject, value, GenerationOf(number), number.EndsWith(BoundMark)),
                [_, var number] => new(grantId, Subject: null, value, GenerationOf(number), number.EndsWith(BoundMark)),
                _ => new(grantId, Subject: null, value, Generation: 0, IsBound: false),
            }
            : null;

    private static int GenerationOf(string number) =>
        int.TryParse(number.AsSpan().TrimEnd(BoundMark), NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
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
