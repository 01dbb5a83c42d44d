namespace McpOidc.Storage;

/// <summary>The store could not be reached or did not answer in time. What it holds is untouched; trying later may succeed.</summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreUnavailableException()
        : base("The store cannot be reached.") { }

    /// <summary>Creates the exception with a message for the log.</summary>
    /// <param name="message">What was tried; no secret and no key of a person.</param>
    public StoreUnavailableException(string message)
        : base(message) { }

    /// <summary>Creates the exception with a message for the log and its cause.</summary>
    /// <param name="message">What was tried; no secret and no key of a person.</param>
    /// <param name="innerException">What the client library threw.</param>
    public StoreUnavailableException(string message, Exception innerException)
        : base(message, innerException) { }
}
