namespace McpOidc.Administration;

/// <summary>A client, as operators see it.</summary>
/// <param name="ClientId">Its <c>client_id</c>; for a stateless registration a digest of it.</param>
/// <param name="Kind">Its origin: <c>configured</c>, <c>registered</c> (RFC 7591), or <c>document</c>, a Client ID Metadata
/// Document.</param>
/// <param name="Name">Its display name without invisible characters; <see langword="null"/> if nothing remains. The client chooses it
/// freely.</param>
/// <param name="RedirectUris">Its redirect URIs.</param>
/// <param name="IsConfidential">Whether it must authenticate.</param>
/// <param name="CreatedAt">When it was registered, or first seen; <see langword="null"/> for one that the operator or this package
/// describes.</param>
/// <param name="ActivatedAt">When a user first signed in with it; <see langword="null"/> before, or if not recorded.</param>
/// <param name="SharedSince">Since when several installations use the registration.</param>
/// <param name="ExpiresAt">When it expires if it is not used; <see langword="null"/> if it does not expire.</param>
/// <param name="BlockedAt">Since when it is rejected, because an operator or the client itself deleted it.</param>
public sealed record ClientInfo(
    string ClientId,
    string Kind,
    string? Name,
    IReadOnlyList<string> RedirectUris,
    bool IsConfidential,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? ActivatedAt,
    DateTimeOffset? SharedSince,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? BlockedAt = null
);

/// <summary>One page of clients.</summary>
/// <param name="Clients">The clients.</param>
/// <param name="Next">Where the next page starts; <see langword="null"/> at the end.</param>
public sealed record ClientPage(IReadOnlyList<ClientInfo> Clients, string? Next);
