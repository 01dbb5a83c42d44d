namespace McpOidc.Testing;

/// <summary>A store does not meet a requirement of the contract.</summary>
public sealed class StoreContractException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreContractException()
        : this("The store does not meet the contract.") { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The requirement that is not met.</param>
    public StoreContractException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The requirement that is not met.</param>
    /// <param name="innerException">The cause.</param>
    public StoreContractException(string message, Exception innerException)
        : base(message, innerException) { }
}
