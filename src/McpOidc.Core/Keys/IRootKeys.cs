namespace McpOidc.Keys;

/// <summary>The keys of an installation, shared by all processes that use the store. A separate key for each purpose is derived from each
/// of them.</summary>
internal interface IRootKeys
{
    /// <summary>Keys of 32 bytes (HKDF-SHA256, RFC 5869): the current one first, then those that existing data was protected
    /// with.</summary>
    ValueTask<IReadOnlyList<DerivedKey>> DeriveAsync(KeyPurpose purpose, CancellationToken cancellationToken);

    /// <summary>The key with an id, or <see langword="null"/> if the store does not have it either.</summary>
    ValueTask<DerivedKey?> FindAsync(KeyPurpose purpose, uint id, CancellationToken cancellationToken);
}

/// <summary>A key for one purpose.</summary>
/// <param name="Id">The id of the root key that it is derived from.</param>
/// <param name="Value">32 bytes.</param>
internal sealed record DerivedKey(uint Id, byte[] Value)
{
    // Keys must not appear in logs.
    public override string ToString() => $"{nameof(DerivedKey)} {{ Id = {Id:x8} }}";
}

/// <summary>The purpose of a derived key.</summary>
internal enum KeyPurpose
{
    StoredPayload,
    TokenEncryption,
    RefreshTokenMac,
    ServerAssertion,
    AuthorizationCodeMac,
    EmailIndex,
    DeviceCode,
}
