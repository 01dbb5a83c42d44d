using System.Text.Json.Serialization;

namespace McpOidc.Administration;

/// <summary>A sign-in of a client: a grant, and the family of refresh tokens that descends from it.</summary>
/// <param name="Id">The grant: <c>sid</c> of its access tokens, and <c>GrantId</c> of the audit log.</param>
/// <param name="Subject">Whose: the <c>sub</c> of its tokens.</param>
/// <param name="Person">What the identity provider calls that person; <see langword="null"/> where nobody is known, as with a client for
/// itself.</param>
/// <param name="ClientId">The client.</param>
/// <param name="ClientName">What the client calls itself.</param>
/// <param name="Host">The host that the client proves to be of, if any.</param>
/// <param name="Provider">What the identity provider is called.</param>
/// <param name="Resource">The MCP server.</param>
/// <param name="Scopes">What was granted.</param>
/// <param name="Device">What the browser said of the device.</param>
/// <param name="Address">The IP address from which it was allowed.</param>
/// <param name="CreatedAt">When it was allowed.</param>
/// <param name="LastUsedAt">When the code was redeemed or tokens were last refreshed; <see langword="null"/> before.</param>
/// <param name="EndedAt">When it was ended; <see langword="null"/> while it may be used.</param>
/// <param name="ExpiresAt">When it ends if it is not used.</param>
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

/// <summary>Some sign-ins of clients.</summary>
/// <param name="Grants">The grants.</param>
/// <param name="Next">Where to go on; <see langword="null"/> at the end.</param>
public sealed record GrantInfoPage([property: JsonPropertyName("sessions")] IReadOnlyList<GrantInfo> Grants, string? Next);
