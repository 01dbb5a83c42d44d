namespace McpOidc.Federation;

/// <summary>The identity provider refused, or did not answer as it should.</summary>
public sealed class IdentityProviderException : Exception
{
    /// <summary>Creates the exception for a provider that does not answer: trying later may succeed.</summary>
    public IdentityProviderException()
        : this("The identity provider did not answer.") { }

    /// <summary>Creates the exception for a provider that does not answer: trying later may succeed.</summary>
    /// <param name="message">For the log; no token and no code.</param>
    public IdentityProviderException(string message)
        : base(message) { }

    /// <summary>Creates the exception for a provider that does not answer: trying later may succeed.</summary>
    /// <param name="message">For the log; no token and no code.</param>
    /// <param name="innerException">The cause.</param>
    public IdentityProviderException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>
    /// The definitive answer of the provider, for instance <c>invalid_grant</c> for a refresh token that is dead for good.
    /// <see langword="null"/>: nothing definitive was said, and whatever is held stays valid.
    /// </summary>
    public string? Error { get; init; }
}
