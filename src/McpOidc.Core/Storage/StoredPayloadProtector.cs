using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using McpOidc.Keys;

namespace McpOidc.Storage;

/// <summary>
/// Encrypts records with AES-256-GCM and the record's key as associated data, so that a record moved to another key cannot be decrypted.
/// Each payload has its own key, derived from a root key and a random salt. Larger payloads are compressed first.
/// </summary>
internal sealed class StoredPayloadProtector(IRootKeys keys)
{
    private const byte Plain = 1;
    private const byte Compressed = 2;
    private const int SaltSize = 16;
    private const int TagSize = 16;
    private const int HeaderSize = 1 + sizeof(uint) + SaltSize;

    // Each key encrypts a single payload, so the nonce may be constant.
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

    /// <exception cref="StoredPayloadException">Its key no longer exists, or the record was moved or damaged.</exception>
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

    // Version 1 does not authenticate its version number. All others do, so bytes of one version are never accepted as another.
    private static byte[] AssociatedData(byte version, string key) =>
        version == Plain ? Encoding.UTF8.GetBytes(key) : [version, .. Encoding.UTF8.GetBytes(key)];

    private static AesGcm CreateCipher(DerivedKey key, ReadOnlySpan<byte> salt)
    {
        Span<byte> own = stackalloc byte[32];
        HKDF.Expand(HashAlgorithmName.SHA256, key.Value, own, salt);
        return new AesGcm(own, TagSize);
    }
}
