namespace McpOidc.Federation;

/// <summary>Refreshes a user's tokens: in this process, or through the authorization server if this process is only an MCP
/// server.</summary>
internal interface IIdentityProviderTokenRefresher
{
    /// <summary>Ensures that the vault has fresh tokens, if possible.</summary>
    /// <param name="subject">The user.</param>
    /// <param name="refused">The digest of an access token that an API rejected before its expiry (<see cref="RefusedToken"/>).</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    ValueTask<IdentityProviderRefresh> RefreshAsync(string subject, string? refused, CancellationToken cancellationToken);
}

/// <summary>The result of a refresh.</summary>
/// <param name="Failure">Why the vault has no fresh tokens; <see langword="null"/> if it has.</param>
internal sealed record IdentityProviderRefresh(IdentityProviderFailure? Failure)
{
    /// <summary>The vault has tokens that do not expire soon.</summary>
    public static IdentityProviderRefresh Fresh { get; } = new((IdentityProviderFailure?)null);

    public static IdentityProviderRefresh Ended { get; } = new(IdentityProviderFailure.Ended);

    public static IdentityProviderRefresh NeedsPerson { get; } = new(IdentityProviderFailure.NeedsPerson);

    public static IdentityProviderRefresh Away { get; } = new(IdentityProviderFailure.Away);

    public static IdentityProviderRefresh Misconfigured { get; } = new(IdentityProviderFailure.Misconfigured);

    /// <summary>Whether only another sign-in of the user yields tokens.</summary>
    public bool NeedsSignIn => Failure is IdentityProviderFailure.Ended or IdentityProviderFailure.NeedsPerson;

    /// <summary>How long the provider is not asked again.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
