namespace McpOidc.Federation;

/// <summary>The identity provider rejected a request, or its response was unusable.</summary>
public sealed class IdentityProviderException : Exception
{
    private readonly IdentityProviderFailure? _failure;

    /// <summary>Creates the exception for a provider that does not respond; a retry may succeed.</summary>
    public IdentityProviderException()
        : this("The identity provider did not respond.") { }

    /// <summary>Creates the exception for a provider that does not respond; a retry may succeed.</summary>
    /// <param name="message">For the log; must not contain a token or code.</param>
    public IdentityProviderException(string message)
        : base(message) { }

    /// <summary>Creates the exception for a provider that does not respond; a retry may succeed.</summary>
    /// <param name="message">For the log; must not contain a token or code.</param>
    /// <param name="innerException">The cause.</param>
    public IdentityProviderException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>
    /// The definitive error of the provider, for instance <c>invalid_grant</c> for a refresh token that is permanently invalid.
    /// <see langword="null"/> if there is none; stored tokens then remain valid.
    /// </summary>
    public string? Error { get; init; }

    /// <summary>What it means for the user. Default: <see cref="IdentityProviderFailure.Ended"/> if there is an <see cref="Error"/>,
    /// otherwise <see cref="IdentityProviderFailure.Away"/>.</summary>
    public IdentityProviderFailure Failure
    {
        get => _failure ?? (Error is null ? IdentityProviderFailure.Away : IdentityProviderFailure.Ended);
        init => _failure = value;
    }

    /// <summary>The provider's Retry-After (RFC 9110 §10.2.3), if it sent one.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The cause, for the log.</summary>
    internal IdentityProviderCause? Cause { get; init; }

    /// <summary>Whether the provider may have responded, but its response was lost; it may have contained new tokens.</summary>
    internal bool MayHaveAnswered { get; init; }

    /// <summary>Whether the response is about a different user.</summary>
    internal bool IsAboutAnother { get; init; }
}
