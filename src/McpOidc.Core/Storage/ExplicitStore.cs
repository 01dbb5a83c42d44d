namespace McpOidc.Storage;

/// <summary>Registered when code chose the store, so that the settings need not.</summary>
internal sealed class ExplicitStore;
