namespace McpOidc.Token;

/// <summary>
/// One installation of one client for one user: the root of everything that one sign-in hands out. OpenIddict's authorization id,
/// the <c>sid</c> of access tokens and the refresh token family are all its id, so that ending it ends them together.
/// </summary>
internal sealed record GrantRecord
{
    public required string Id { get; init; }
    public required string Subject { get; init; }
    public required string ClientId { get; init; }
    public required string Provider { get; init; }

    /// <summary>The session at the provider in which the person allowed it (<see cref="Sessions.ProviderSession"/>), where the provider
    /// names sessions.</summary>
    public string? ProviderSession { get; init; }
    public required string[] Scopes { get; init; }

    /// <summary>What of <see cref="Scopes"/> the person took back since, on the account page. A refresh that asks for it is not
    /// refused; it goes on without.</summary>
    public string[]? TakenBack { get; init; }

    /// <summary>The resource in the form that the client asked for (RFC 8707).</summary>
    public required string Resource { get; init; }
    public required string RedirectUri { get; init; }

    /// <summary>The key whose proof the code needs (RFC 9449 §10); absent for a code that anybody may redeem who has the
    /// verifier.</summary>
    public string? CodeKey { get; init; }

    /// <summary>The key whose proof refresh tokens need (RFC 9449 §5); absent where the client proves itself, or has no key.</summary>
    public string? RefreshKey { get; init; }

    /// <summary>Where the person was, encrypted.</summary>
    public byte[]? Origin { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset AuthenticatedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>When a tool lacked the provider's token and the client was sent to sign in again: its refresh token is of no use from then
    /// on, since clients try that first and are content with it.</summary>
    public DateTimeOffset? MustSignInSince { get; init; }

    /// <summary>When the record goes: as late as the last token that descends from it.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Refresh tokens; absent until the first one is issued.</summary>
    public RefreshTokenFamily? Refresh { get; init; }

    /// <summary>The code from which all else descends; absent once a redeemed one need not be known any more, and where none was
    /// issued.</summary>
    public AuthorizationCodeRecord? Code { get; init; }

    /// <summary>The key that a request with a refresh token has to prove before anything else. The token of before the family was bound has
    /// none: the rotation decides about it.</summary>
    public string? KeyFor(string tokenHash) =>
        Refresh is { IsBoundByRotation: true } family && family.PreviousHash == tokenHash ? null : RefreshKey;

    public bool IsLive => RevokedAt is null;
}
