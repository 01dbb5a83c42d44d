namespace McpOidc.Storage;

/// <summary>A record to write.</summary>
/// <param name="Value">The bytes to store.</param>
/// <param name="ExpiresAt">When the record ceases to exist. <see cref="DateTimeOffset.MaxValue"/> keeps it until it is removed.</param>
public readonly record struct StoreWrite(ReadOnlyMemory<byte> Value, DateTimeOffset ExpiresAt)
{
    /// <summary>The indexes by which <see cref="IMcpOidcStore.ListAsync"/> finds the record. Default: none.</summary>
    public IReadOnlyList<string> Indexes { get; init; } = [];

    /// <summary>
    /// Until when the record's lifetime may be extended: a store with separate indexes saves work by keeping the index entry that long
    /// from the start. A hint; the record ends at <see cref="ExpiresAt"/>. Default: none.
    /// </summary>
    public DateTimeOffset? IndexedUntil { get; init; }
}
