namespace McpOidc.Storage;

/// <summary>A record as the store keeps it.</summary>
/// <param name="Value">The bytes, exactly as they were written.</param>
/// <param name="Version">Changes with every write and never repeats for a key, not even after the record was deleted and
/// written again.</param>
public sealed record StoredRecord(ReadOnlyMemory<byte> Value, long Version);
