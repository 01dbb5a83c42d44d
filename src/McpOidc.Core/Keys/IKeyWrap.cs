namespace McpOidc.Keys;

/// <summary>Encrypts root keys for the store, with the configured secret or a certificate.</summary>
internal interface IKeyWrap
{
    /// <summary>Identifies the secret or certificate without revealing the secret.</summary>
    string Id { get; }

    byte[] Wrap(byte[] key, uint keyId);

    /// <exception cref="System.Security.Cryptography.CryptographicException">It was wrapped with another secret, or is not a wrapped
    /// key.</exception>
    byte[] Unwrap(byte[] wrapped, uint keyId);
}
