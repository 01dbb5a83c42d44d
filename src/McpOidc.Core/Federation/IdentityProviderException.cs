namespace McpOidc.Federation;

/// <summary>The identity provider refused, or did not answer as it should.</summary>
public sealed class IdentityProviderException : Exception
{
    private readonly IdentityProviderFailure? _failure;

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

    /// <summary>What it means for the person. Default: <see cref="IdentityProviderFailure.Ended"/> where there is an <see cref="Error"/>,
    /// otherwise <see cref="IdentityProviderFailure.Away"/>.</summary>
    public IdentityProviderFailure Failure
    {
        get => _failure ?? (Error is null ? IdentityProviderFailure.Away : IdentityProviderFailure.Ended);
        init => _failure = value;
    }

    /// <summary>How long the provider asks to be left alone (RFC 9110 §10.2.3), where it says so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Why, for the log.</summary>
    internal IdentityProviderCause? Cause { get; init; }

    /// <summary>Whether the provider may have answered, and the answer was lost on its way: new tokens may have been in it.</summary>
    internal bool MayHaveAnswered { get; init; }

    /// <summary>Whether the answer is about somebody else than was asked about.</summary>
    internal bool IsAboutAnother { get; init; }
}
