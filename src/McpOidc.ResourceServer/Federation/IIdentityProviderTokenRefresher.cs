namespace McpOidc.Federation;

/// <summary>Has a user's tokens refreshed: by this process, or by the auth server where this process is an MCP server only.</summary>
internal interface IIdentityProviderTokenRefresher
{
    /// <summary>Sees to it that the vault holds fresh tokens, unless it cannot be.</summary>
    /// <param name="subject">Whose.</param>
    /// <param name="refused">The digest of an access token that an API refused although it has not ended
    /// (<see cref="RefusedToken"/>).</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    ValueTask<IdentityProviderRefresh> RefreshAsync(string subject, string? refused, CancellationToken cancellationToken);
}

/// <summary>What became of a refresh.</summary>
/// <param name="Failure">Why the vault holds no fresh tokens; <see langword="null"/> where it does.</param>
internal sealed record IdentityProviderRefresh(IdentityProviderFailure? Failure)
{
    /// <summary>The vault holds tokens that do not end soon.</summary>
    public static IdentityProviderRefresh Fresh { get; } = new((IdentityProviderFailure?)null);

    public static IdentityProviderRefresh Ended { get; } = new(IdentityProviderFailure.Ended);

    public static IdentityProviderRefresh NeedsPerson { get; } = new(IdentityProviderFailure.NeedsPerson);

    public static IdentityProviderRefresh Away { get; } = new(IdentityProviderFailure.Away);

    public static IdentityProviderRefresh Misconfigured { get; } = new(IdentityProviderFailure.Misconfigured);

    /// <summary>Whether only another sign-in of the person brings tokens.</summary>
    public bool NeedsSignIn => Failure is IdentityProviderFailure.Ended or IdentityProviderFailure.NeedsPerson;

    /// <summary>How long the provider is left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
