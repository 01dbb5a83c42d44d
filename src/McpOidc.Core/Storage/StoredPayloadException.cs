namespace McpOidc.Storage;

/// <summary>A stored record cannot be decrypted: its key is not among the root keys, or the record was damaged or moved.</summary>
internal sealed class StoredPayloadException(Exception? innerException = null)
    : Exception(
        "A stored record cannot be decrypted: it was damaged, or the root keys in the store are not those it was written with.",
        innerException
    );
