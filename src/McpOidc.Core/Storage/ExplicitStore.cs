namespace McpOidc.Storage;

/// <summary>Registered when code has chosen the store, so that its absence from the settings is no mistake.</summary>
internal sealed class ExplicitStore;
