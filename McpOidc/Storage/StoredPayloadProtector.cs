using System.Security.Cryptography;
using System.Text;

namespace McpOidc.Storage;

/// <summary>
/// Encrypts what the store must not see: AES-256-GCM under a key derived from the configured secret, with the record's own key as
/// associated data, so that a record that was moved to another key does not decrypt.
/// </summary>
internal sealed class StoredPayloadProtector(ISecretSource secrets)
{
    private const byte FormatVersion = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int HeaderSize = 1 + NonceSize;

    public async ValueTask<byte[]> ProtectAsync(ReadOnlyMemory<byte> plaintext, string key, CancellationToken cancellationToken)
    {
        var encryptionKey = await secrets.DeriveKeyAsync(SecretPurpose.StoredPayload, cancellationToken);
        var payload = new byte[HeaderSize + plaintext.Length + TagSize];
        payload[0] = FormatVersion;
        var nonce = payload.AsSpan(1, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(encryptionKey, TagSize);
        aes.Encrypt(nonce, plaintext.Span, payload.AsSpan(HeaderSize, plaintext.Length), payload.AsSpan(payload.Length - TagSize), Encoding.UTF8.GetBytes(key));
        return payload;
    }

    /// <exception cref="StoredPayloadException">The record was written under another secret, moved or damaged.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> UnprotectAsync(ReadOnlyMemory<byte> payload, string key, CancellationToken cancellationToken)
    {
        if (payload.Length < HeaderSize + TagSize || payload.Span[0] != FormatVersion)
        {
            throw new StoredPayloadException();
        }

        var encryptionKey = await secrets.DeriveKeyAsync(SecretPurpose.StoredPayload, cancellationToken);
        var plaintext = new byte[payload.Length - HeaderSize - TagSize];
        using var aes = new AesGcm(encryptionKey, TagSize);
        try
        {
            aes.Decrypt(payload.Span.Slice(1, NonceSize), payload.Span[HeaderSize..^TagSize], payload.Span[^TagSize..], plaintext, Encoding.UTF8.GetBytes(key));
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw new StoredPayloadException(exception);
        }

        return plaintext;
    }
}
