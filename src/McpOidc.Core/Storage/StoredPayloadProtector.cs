using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using McpOidc.Keys;

namespace McpOidc.Storage;

/// <summary>
/// Encrypts what the store must not see: AES-256-GCM with the record's own key as associated data, so that a record that was moved to
/// another key does not decrypt. Every payload has a key of its own, derived from one of the root keys and a random salt. What is worth it
/// is compressed before.
/// </summary>
internal sealed class StoredPayloadProtector(IRootKeys keys)
{
    private const byte Plain = 1;
    private const byte Compressed = 2;
    private const int SaltSize = 16;
    private const int TagSize = 16;
    private const int HeaderSize = 1 + sizeof(uint) + SaltSize;

    // A key encrypts one payload only, so the nonce may be constant.
    private static readonly byte[] s_nonce = new byte[12];

    public async ValueTask<byte[]> ProtectAsync(ReadOnlyMemory<byte> plaintext, string key, CancellationToken cancellationToken)
    {
        var inUse = (await keys.DeriveAsync(KeyPurpose.StoredPayload, cancellationToken))[0];
        if (!StoredPayloadCompression.IsWorthTrying(plaintext.Length))
        {
            return Encrypt(Plain, plaintext.Span, key, inUse);
        }

        var scratch = ArrayPool<byte>.Shared.Rent(plaintext.Length);
        try
        {
            return StoredPayloadCompression.TryCompress(plaintext.Span, scratch.AsSpan(0, plaintext.Length), out var size)
                ? Encrypt(Compressed, scratch.AsSpan(0, size), key, inUse)
                : Encrypt(Plain, plaintext.Span, key, inUse);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch, clearArray: true);
        }
    }

    /// <exception cref="StoredPayloadException">The record was written under a key that is gone, moved or damaged.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> UnprotectAsync(
        ReadOnlyMemory<byte> payload,
        string key,
        CancellationToken cancellationToken
    )
    {
        if (
            payload.Length < HeaderSize + TagSize
            || payload.Span[0] is not (Plain or Compressed)
            || await keys.FindAsync(KeyPurpose.StoredPayload, BinaryPrimitives.ReadUInt32BigEndian(payload.Span[1..]), cancellationToken)
                is not { } derived
        )
        {
            throw new StoredPayloadException();
        }

        var decrypted = Decrypt(payload.Span, key, derived);
        return payload.Span[0] == Compressed ? StoredPayloadCompression.Decompress(decrypted) : decrypted;
    }

    private static byte[] Encrypt(byte version, ReadOnlySpan<byte> content, string key, DerivedKey inUse)
    {
        var payload = new byte[HeaderSize + content.Length + TagSize];
        payload[0] = version;
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(1), inUse.Id);
        var salt = payload.AsSpan(HeaderSize - SaltSize, SaltSize);
        RandomNumberGenerator.Fill(salt);
        using var aes = CreateCipher(inUse, salt);
        aes.Encrypt(
            s_nonce,
            content,
            payload.AsSpan(HeaderSize, content.Length),
            payload.AsSpan(payload.Length - TagSize),
            AssociatedData(version, key)
        );
        return payload;
    }

    private static byte[] Decrypt(ReadOnlySpan<byte> payload, string key, DerivedKey derived)
    {
        var content = new byte[payload.Length - HeaderSize - TagSize];
        using var aes = CreateCipher(derived, payload.Slice(HeaderSize - SaltSize, SaltSize));
        try
        {
            aes.Decrypt(s_nonce, payload[HeaderSize..^TagSize], payload[^TagSize..], content, AssociatedData(payload[0], key));
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw new StoredPayloadException(exception);
        }

        return content;
    }

    // Version 1 does not vouch for its number. Since any other does, bytes of one version are never taken for those of another.
    private static byte[] AssociatedData(byte version, string key) =>
        version == Plain ? Encoding.UTF8.GetBytes(key) : [version, .. Encoding.UTF8.GetBytes(key)];

    private static AesGcm CreateCipher(DerivedKey key, ReadOnlySpan<byte> salt)
    {
        Span<byte> own = stackalloc byte[32];
        HKDF.Expand(HashAlgorithmName.SHA256, key.Value, own, salt);
        return new AesGcm(own, TagSize);
    }
}
