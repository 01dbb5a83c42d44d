namespace McpOidc.Storage;

/// <summary>A stored record cannot be decrypted: its key is not among the root keys, or the record was damaged or moved.</summary>
internal sealed class StoredPayloadException(Exception? innerException = null)
    : Exception(
        "A stored record cannot be decrypted: it is damaged, or it was written with other root keys than those in the store.",
        innerException
    );
