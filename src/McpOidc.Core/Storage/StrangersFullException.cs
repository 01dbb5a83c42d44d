namespace McpOidc.Storage;

/// <summary>Strangers have stored as much as they may, all together or from this address. It passes by itself.</summary>
internal sealed class StrangersFullException(string message, int retryAfter) : Exception(message)
{
    /// <summary>Seconds after which to try again.</summary>
    public int RetryAfter => retryAfter;
}
