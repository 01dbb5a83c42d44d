namespace McpOidc.Storage;

/// <summary>Keeps account of the bytes that strangers have stored, so that they cannot fill the store.</summary>
internal interface IStrangerLedger
{
    /// <summary>Whether so much is stored that what may be for nothing is kept for a shorter time.</summary>
    bool IsNearCeiling { get; }

    /// <summary>Counts what is about to be written in the name of nobody who is known.</summary>
    /// <param name="bytes">How much, with the key.</param>
    /// <param name="expiresAt">When it goes.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="StrangersFullException">There is no room.</exception>
    ValueTask SpendAsync(int bytes, DateTimeOffset expiresAt, CancellationToken cancellationToken);

    /// <summary>Counts for the address alone: what is written where the ceiling may keep nobody out.</summary>
    /// <exception cref="StrangersFullException">The address has written its share of this minute.</exception>
    ValueTask SpendOfAddressAsync(int bytes);

    /// <summary>Takes back what was counted: the record is gone, or is a known person's now.</summary>
    void Release(int bytes, DateTimeOffset expiresAt);
}
