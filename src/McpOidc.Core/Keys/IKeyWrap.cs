namespace McpOidc.Keys;

/// <summary>Encrypts root keys for the store: by the configured secret, or by a certificate.</summary>
internal interface IKeyWrap
{
    /// <summary>Tells this one from others; says nothing of the secret.</summary>
    string Id { get; }

    byte[] Wrap(byte[] key, uint keyId);

    /// <exception cref="System.Security.Cryptography.CryptographicException">Something else was wrapped, or by another.</exception>
    byte[] Unwrap(byte[] wrapped, uint keyId);
}
