using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using McpOidc.Keys;

namespace McpOidc.Storage;

/// <summary>
/// Encrypts what the store must not see: AES-256-GCM with the record's own key as associated data, so that a record that was moved to
/// another key does not decrypt. Every payload has a key of its own, derived from one of the root keys and a random salt.
/// </summary>
internal sealed class StoredPayloadProtector(IRootKeys keys)
{
    private const byte FormatVersion = 1;
    private const int SaltSize = 16;
    private const int TagSize = 16;
    private const int HeaderSize = 1 + sizeof(uint) + SaltSize;

    // A key encrypts one payload only, so the nonce may be constant.
    private static readonly byte[] s_nonce = new byte[12];

    public async ValueTask<byte[]> ProtectAsync(ReadOnlyMemory<byte> plaintext, string key, CancellationToken cancellationToken)
    {
        var inUse = (await keys.DeriveAsync(KeyPurpose.StoredPayload, cancellationToken))[0];
        var payload = new byte[HeaderSize + plaintext.Length + TagSize];
        payload[0] = FormatVersion;
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(1), inUse.Id);
        RandomNumberGenerator.Fill(Salt(payload));
        using var aes = CreateCipher(inUse, Salt(payload));
        aes.Encrypt(s_nonce, plaintext.Span, payload.AsSpan(HeaderSize, plaintext.Length), payload.AsSpan(payload.Length - TagSize), Encoding.UTF8.GetBytes(key));
        return payload;
    }

    /// <exception cref="StoredPayloadException">The record was written under a key that is gone, moved or damaged.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> UnprotectAsync(ReadOnlyMemory<byte> payload, string key, CancellationToken cancellationToken)
    {
        if (payload.Length < HeaderSize + TagSize || payload.Span[0] != FormatVersion
            || await keys.FindAsync(KeyPurpose.StoredPayload, BinaryPrimitives.ReadUInt32BigEndian(payload.Span[1..]), cancellationToken) is not { } derived)
        {
            throw new StoredPayloadException();
        }

        var plaintext = new byte[payload.Length - HeaderSize - TagSize];
        using var aes = CreateCipher(derived, payload.Span.Slice(HeaderSize - SaltSize, SaltSize));
        try
        {
            aes.Decrypt(s_nonce, payload.Span[HeaderSize..^TagSize], payload.Span[^TagSize..], plaintext, Encoding.UTF8.GetBytes(key));
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw new StoredPayloadException(exception);
        }

        return plaintext;
    }

    private static Span<byte> Salt(byte[] payload) => payload.AsSpan(HeaderSize - SaltSize, SaltSize);

    private static AesGcm CreateCipher(DerivedKey key, ReadOnlySpan<byte> salt)
    {
        Span<byte> own = stackalloc byte[32];
        HKDF.Expand(HashAlgorithmName.SHA256, key.Value, own, salt);
        return new AesGcm(own, TagSize);
    }
}
