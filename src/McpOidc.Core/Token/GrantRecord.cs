namespace McpOidc.Token;

/// <summary>
/// One installation of one client for one user: the root of everything issued by one sign-in. Its id is OpenIddict's authorization id, the
/// <c>sid</c> of access tokens and the id of the refresh token family, so that ending it ends them all.
/// </summary>
internal sealed record GrantRecord
{
    public required string Id { get; init; }
    public required string Subject { get; init; }
    public required string ClientId { get; init; }
    public required string Provider { get; init; }

    /// <summary>The session at the provider in which the user allowed it (<see cref="Sessions.ProviderSession"/>), if the provider names
    /// sessions.</summary>
    public string? ProviderSession { get; init; }
    public required string[] Scopes { get; init; }

    /// <summary>Which of <see cref="Scopes"/> the user has since withdrawn on the account page. A refresh that requests one succeeds
    /// without it.</summary>
    public string[]? TakenBack { get; init; }

    /// <summary>The resource as the client wrote it (RFC 8707).</summary>
    public required string Resource { get; init; }
    public required string RedirectUri { get; init; }

    /// <summary>The key whose proof is required to redeem the code (RFC 9449 §10); absent if the verifier suffices.</summary>
    public string? CodeKey { get; init; }

    /// <summary>The key whose proof refresh tokens require (RFC 9449 §5); absent if the client authenticates, or has no key.</summary>
    public string? RefreshKey { get; init; }

    /// <summary>The user's location, encrypted.</summary>
    public byte[]? Origin { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset AuthenticatedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>When a tool lacked the provider's token and the client was told to sign in again: from then on its refresh token is
    /// rejected, because clients would otherwise use that first and stop there.</summary>
    public DateTimeOffset? MustSignInSince { get; init; }

    /// <summary>When the record expires: with the last token derived from it.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Refresh tokens; absent until the first one is issued.</summary>
    public RefreshTokenFamily? Refresh { get; init; }

    /// <summary>The code from which everything else is derived; absent once a redeemed one need not be remembered, and if none was
    /// issued.</summary>
    public AuthorizationCodeRecord? Code { get; init; }

    /// <summary>The personal access token; absent for a client's grant.</summary>
    public PersonalTokenRecord? PersonalToken { get; init; }

    /// <summary>The key that a request with a refresh token must prove first. A token from before the family was bound has none: the
    /// rotation decides.</summary>
    public string? KeyFor(string tokenHash) =>
        Refresh is { IsBoundByRotation: true } family && family.PreviousHash == tokenHash ? null : RefreshKey;

    public bool IsLive => RevokedAt is null;
}
