namespace McpOidc.Storage;

/// <summary>Accounts for the bytes stored by unauthenticated callers, so that they cannot fill the store.</summary>
internal interface IStrangerLedger
{
    /// <summary>Whether usage is so high that records which may be unneeded are kept for a shorter time.</summary>
    bool IsNearCeiling { get; }

    /// <summary>Counts what is about to be written for an unauthenticated caller.</summary>
    /// <param name="bytes">The size, including the key.</param>
    /// <param name="expiresAt">When it expires.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="StrangersFullException">The limit is reached.</exception>
    ValueTask SpendAsync(int bytes, DateTimeOffset expiresAt, CancellationToken cancellationToken);

    /// <summary>Counts for the caller's address only, for writes that the overall limit must not block.</summary>
    /// <exception cref="StrangersFullException">The address has used its share for this minute.</exception>
    ValueTask SpendOfAddressAsync(int bytes);

    /// <summary>Counts without a limit: what replaces a record of at least this size.</summary>
    /// <param name="bytes">The size, including the key.</param>
    /// <param name="expiresAt">When it expires.</param>
    void Count(int bytes, DateTimeOffset expiresAt);

    /// <summary>Subtracts what was counted: the record was removed, or now belongs to a known user.</summary>
    void Release(int bytes, DateTimeOffset expiresAt);
}
