using System.Security.Cryptography;
using System.Text;

namespace McpOidc.Keys;

/// <summary>AES-256-GCM with a key derived from a secret; the id of the wrapped key is the associated data.</summary>
internal sealed class SecretKeyWrap(byte[] secret) : IKeyWrap
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _key = Derive(secret, "McpOidc key wrapping v1");

    public string Id { get; } = Convert.ToHexStringLower(Derive(secret, "McpOidc key wrapping id v1").AsSpan(0, 8));

    public byte[] Wrap(byte[] key, uint keyId)
    {
        var wrapped = new byte[NonceSize + key.Length + TagSize];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceSize));
        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(
            wrapped.AsSpan(0, NonceSize),
            key,
            wrapped.AsSpan(NonceSize, key.Length),
            wrapped.AsSpan(NonceSize + key.Length),
            BitConverter.GetBytes(keyId)
        );
        return wrapped;
    }

    public byte[] Unwrap(byte[] wrapped, uint keyId)
    {
        if (wrapped.Length < NonceSize + TagSize)
        {
            throw new CryptographicException("The wrapped key is too short.");
        }

        var key = new byte[wrapped.Length - NonceSize - TagSize];
        using var aes = new AesGcm(_key, TagSize);
        aes.Decrypt(
            wrapped.AsSpan(0, NonceSize),
            wrapped.AsSpan(NonceSize, key.Length),
            wrapped.AsSpan(NonceSize + key.Length),
            key,
            BitConverter.GetBytes(keyId)
        );
        return key;
    }

    private static byte[] Derive(byte[] secret, string info) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, outputLength: 32, info: Encoding.UTF8.GetBytes(info));
}
