namespace McpOidc.Storage;

/// <summary>Unauthenticated callers have reached their storage limit, overall or for this address. It clears by itself.</summary>
internal sealed class StrangersFullException(string message, int retryAfter) : Exception(message)
{
    /// <summary>The Retry-After, in seconds.</summary>
    public int RetryAfter => retryAfter;
}
