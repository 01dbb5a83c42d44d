namespace McpOidc.Testing;

/// <summary>A store does not do what every store must do.</summary>
public sealed class StoreContractException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreContractException()
        : this("The store does not keep the contract.") { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What should hold and does not.</param>
    public StoreContractException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What should hold and does not.</param>
    /// <param name="innerException">The cause.</param>
    public StoreContractException(string message, Exception innerException)
        : base(message, innerException) { }
}
