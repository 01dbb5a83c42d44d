namespace McpOidc.Administration;

/// <summary>A client, as operators see it.</summary>
/// <param name="ClientId">Its <c>client_id</c>; a digest of it, where the registration stands in the id.</param>
/// <param name="Kind">Whence it is known: <c>configured</c>, <c>registered</c> (RFC 7591), or <c>document</c>, a Client ID Metadata
/// Document.</param>
/// <param name="Name">What it calls itself, without what cannot be seen; <see langword="null"/> where nothing is left. Anybody can choose
/// any.</param>
/// <param name="RedirectUris">Where answers may go.</param>
/// <param name="IsConfidential">Whether it has to authenticate.</param>
/// <param name="CreatedAt">When it was registered, or first seen; <see langword="null"/> for one of the settings.</param>
/// <param name="ActivatedAt">When somebody first signed in with it; <see langword="null"/> before, and where that is not noted.</param>
/// <param name="SharedSince">Since when several installations use the registration.</param>
/// <param name="ExpiresAt">When it ends if nobody uses it; <see langword="null"/> where it does not end.</param>
/// <param name="BlockedAt">Since when it is refused: an operator or the client itself deleted it.</param>
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

/// <summary>Some clients.</summary>
/// <param name="Clients">The clients.</param>
/// <param name="Next">Where to go on; <see langword="null"/> at the end.</param>
public sealed record ClientPage(IReadOnlyList<ClientInfo> Clients, string? Next);
