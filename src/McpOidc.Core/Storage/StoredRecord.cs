namespace McpOidc.Storage;

/// <summary>A stored record.</summary>
/// <param name="Value">The bytes, exactly as they were written.</param>
/// <param name="Version">Changes with every write and never repeats for a key, even if the record is deleted and written again.</param>
public sealed record StoredRecord(ReadOnlyMemory<byte> Value, long Version);
