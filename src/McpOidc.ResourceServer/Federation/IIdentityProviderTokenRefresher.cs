namespace McpOidc.Federation;

/// <summary>Has a user's tokens refreshed: by this process, or by the auth server where this process is an MCP server only.</summary>
internal interface IIdentityProviderTokenRefresher
{
    /// <summary>Sees to it that the vault holds fresh tokens, unless it cannot be.</summary>
    ValueTask<IdentityProviderRefreshOutcome> RefreshAsync(string subject, CancellationToken cancellationToken);
}

/// <summary>What became of a refresh.</summary>
internal enum IdentityProviderRefreshOutcome
{
    /// <summary>The vault holds tokens that do not end soon.</summary>
    Fresh,

    /// <summary>The provider ended the sign-in, or never gave a refresh token: the person has to sign in again.</summary>
    Ended,

    /// <summary>The provider did not answer. Everything is kept as it was.</summary>
    Unavailable,
}
