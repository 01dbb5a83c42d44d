namespace McpOidc.Storage;

/// <summary>A record with the version that a later replace must name.</summary>
internal sealed record Versioned<T>(T Value, long Version)
    where T : class;
