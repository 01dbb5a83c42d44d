namespace McpOidc.Keys;

/// <summary>The keys of an installation, of which every process that shares the store has the same; one for each purpose is derived from
/// each.</summary>
internal interface IRootKeys
{
    /// <summary>Keys of 32 bytes (HKDF-SHA256, RFC 5869): the one in use first, then those that what is still around was made
    /// with.</summary>
    ValueTask<IReadOnlyList<DerivedKey>> DeriveAsync(KeyPurpose purpose, CancellationToken cancellationToken);

    /// <summary>The key with an id, or <see langword="null"/> when there is none, in the store neither.</summary>
    ValueTask<DerivedKey?> FindAsync(KeyPurpose purpose, uint id, CancellationToken cancellationToken);
}

/// <summary>A key for one purpose.</summary>
/// <param name="Id">The id of the root key that it comes from.</param>
/// <param name="Value">32 bytes.</param>
internal sealed record DerivedKey(uint Id, byte[] Value)
{
    // A key is not for logs.
    public override string ToString() => $"{nameof(DerivedKey)} {{ Id = {Id:x8} }}";
}

/// <summary>What a derived key is for.</summary>
internal enum KeyPurpose
{
    StoredPayload,
    TokenEncryption,
    RefreshTokenMac,
    ServerAssertion,
    AuthorizationCodeMac,
    EmailIndex,
}
