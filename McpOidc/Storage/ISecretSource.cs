namespace McpOidc.Storage;

/// <summary>Derives keys for one purpose each from the configured secret, or in Development from one kept in the store.</summary>
internal interface ISecretSource
{
    /// <summary>A 32-byte key (HKDF-SHA256, RFC 5869).</summary>
    ValueTask<byte[]> DeriveKeyAsync(SecretPurpose purpose, CancellationToken cancellationToken);
}

/// <summary>What a derived key is for.</summary>
internal enum SecretPurpose
{
    StoredPayload,
    TokenEncryption,
    RefreshTokenMac,
    ServerAssertion,
}
