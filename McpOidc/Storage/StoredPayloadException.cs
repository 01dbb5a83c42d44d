namespace McpOidc.Storage;

/// <summary>A stored record cannot be decrypted: the secret is not the one it was written under, or the record was damaged.</summary>
internal sealed class StoredPayloadException(Exception? innerException = null)
    : Exception("A stored record cannot be decrypted. All instances, and the MCP servers that share the store, need the same McpOidc:Secret (McpOidc__Secret).", innerException);
