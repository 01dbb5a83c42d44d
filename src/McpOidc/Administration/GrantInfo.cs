namespace McpOidc.Administration;

/// <summary>A grant, with its refresh token family.</summary>
/// <param name="Id">Its id: <c>sid</c> of its access tokens, and <c>GrantId</c> of the audit log.</param>
/// <param name="Subject">The user: the <c>sub</c> of its tokens.</param>
/// <param name="Person">The user's name at the identity provider; <see langword="null"/> if there is no user, as with
/// client_credentials.</param>
/// <param name="ClientId">The client.</param>
/// <param name="ClientName">The client's display name.</param>
/// <param name="Host">The host that the client has proven, if any.</param>
/// <param name="Provider">The display name of the identity provider.</param>
/// <param name="Resource">The MCP server.</param>
/// <param name="Scopes">The granted scopes.</param>
/// <param name="Device">The device according to the browser.</param>
/// <param name="Address">The IP address at consent.</param>
/// <param name="CreatedAt">When it was granted.</param>
/// <param name="LastUsedAt">When the code was redeemed or tokens were last refreshed; <see langword="null"/> before.</param>
/// <param name="EndedAt">When it was ended; <see langword="null"/> while it is live.</param>
/// <param name="ExpiresAt">When it expires if it is not used.</param>
/// <param name="Refreshes">How often its refresh token was used.</param>
public sealed record GrantInfo(
    string Id,
    string Subject,
    string? Person,
    string ClientId,
    string ClientName,
    string? Host,
    string Provider,
    string Resource,
    IReadOnlyList<string> Scopes,
    string? Device,
    string? Address,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? EndedAt,
    DateTimeOffset ExpiresAt,
    int Refreshes
);

/// <summary>One page of grants.</summary>
/// <param name="Grants">The grants.</param>
/// <param name="Next">Where the next page starts; <see langword="null"/> at the end.</param>
public sealed record GrantInfoPage(IReadOnlyList<GrantInfo> Grants, string? Next);
