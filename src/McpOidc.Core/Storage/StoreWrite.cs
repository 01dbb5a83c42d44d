namespace McpOidc.Storage;

/// <summary>What to write.</summary>
/// <param name="Value">The bytes to keep.</param>
/// <param name="ExpiresAt">From this moment on the record does not exist. <see cref="DateTimeOffset.MaxValue"/> keeps it
/// until it is removed.</param>
public readonly record struct StoreWrite(ReadOnlyMemory<byte> Value, DateTimeOffset ExpiresAt)
{
    /// <summary>The names of the indexes under which <see cref="IMcpOidcStore.ListAsync"/> finds the record. Default: none.</summary>
    public IReadOnlyList<string> Indexes { get; init; } = [];

    /// <summary>
    /// Until when the record may come to live: a store that keeps indexes apart from records saves work by entering it for so long at once.
    /// A hint; the record ends at <see cref="ExpiresAt"/>. Default: none.
    /// </summary>
    public DateTimeOffset? IndexedUntil { get; init; }
}
