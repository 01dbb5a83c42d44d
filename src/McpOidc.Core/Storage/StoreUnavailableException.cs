namespace McpOidc.Storage;

/// <summary>The store could not be reached or did not respond in time. Its content is unaffected; a retry may succeed.</summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreUnavailableException()
        : base("The store is unreachable.") { }

    /// <summary>Creates the exception with a message for the log.</summary>
    /// <param name="message">What was attempted; must not contain a secret or a user's key.</param>
    public StoreUnavailableException(string message)
        : base(message) { }

    /// <summary>Creates the exception with a message for the log and its cause.</summary>
    /// <param name="message">What was attempted; must not contain a secret or a user's key.</param>
    /// <param name="innerException">The client library's exception.</param>
    public StoreUnavailableException(string message, Exception innerException)
        : base(message, innerException) { }
}
