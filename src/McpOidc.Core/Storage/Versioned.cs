namespace McpOidc.Storage;

/// <summary>A record as it was read, with the version that a later replace has to name.</summary>
internal sealed record Versioned<T>(T Value, long Version)
    where T : class;
