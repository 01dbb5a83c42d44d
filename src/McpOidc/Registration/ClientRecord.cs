using System.Text.Json.Serialization;
using McpOidc.Registration.MetadataDocuments;

namespace McpOidc.Registration;

/// <summary>A registered client: its accepted metadata (RFC 7591 §2), and the hashes of its credentials.</summary>
internal sealed record ClientRecord
{
    public required string ClientId { get; init; }
    public required ClientMetadata Metadata { get; init; }

    /// <summary>SHA-256 of the client secret; absent for a public client.</summary>
    public string? SecretHash { get; init; }

    /// <summary>SHA-256 of the registration access token (RFC 7592 §3); absent for a pre-registered client.</summary>
    public string? RegistrationTokenHash { get; init; }

    /// <summary>When it registered or was first seen here; absent if the operator or this package describes it.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When a sign-in with it last completed; absent until the first.</summary>
    public DateTimeOffset? ActivatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Changes with every update of the metadata, so that consent to earlier metadata no longer counts.</summary>
    public required string MetadataHash { get; init; }

    /// <summary>Since when several installations use it; it can no longer be changed or deleted by its clients.</summary>
    public DateTimeOffset? SharedSince { get; init; }

    /// <summary>SHA-256 of the id, if it is stateless and this is the record of its use: it identifies the client once its key no longer
    /// exists.</summary>
    public string? IdHash { get; init; }

    /// <summary>Since when the id is blocked, which is then the only purpose of the record.</summary>
    public DateTimeOffset? BlockedAt { get; init; }

    /// <summary>The stored and displayed form of the id (<see cref="ClientIdDigest"/>).</summary>
    [JsonIgnore]
    public string Id => ClientIdDigest.Of(ClientId);

    /// <summary>Whether the id contains the registration, which is not stored.</summary>
    [JsonIgnore]
    public bool IsStateless => ClientIdDigest.Is(Id);

    /// <summary>Whether the id is the URL of the client's metadata document; otherwise the client was registered.</summary>
    public bool IsDescribedByDocument => ClientIdUrl.IsUrl(ClientId);

    /// <summary>Whether it is pre-registered: only the operator can change it, so it has no registration access token.</summary>
    public bool IsConfigured => RegistrationTokenHash is null && !IsDescribedByDocument;

    /// <summary>
    /// Whether any program on the device can use the public id of this client and receive the response in its place (RFC 8252 §8.6):
    /// earlier consent then says nothing about the current requester. A registered client's id is known to one installation only.
    /// </summary>
    public bool IsAnsweredToAnyProgram(string redirectUri) =>
        (IsDescribedByDocument || (IsConfigured && IsPublic)) && RedirectUri.Read(redirectUri)?.Kind != RedirectUriKind.Https;

    /// <summary>Whether it gets refresh tokens, requested or not: half of the MCP clients never request <c>offline_access</c>, and their
    /// users would sign in every quarter of an hour.</summary>
    [JsonIgnore]
    public bool MayRefresh => Metadata.GrantTypes?.Contains(StaticClients.RefreshToken) ?? true;

    /// <summary>Whether responses may go to a redirect URI.</summary>
    public bool MayBeAnsweredAt(string? redirectUri) =>
        redirectUri is not null && Metadata.RedirectUris?.Any(registered => RedirectUriMatch.Matches(registered, redirectUri)) == true;

    public bool IsPublic => Metadata.MayBePublic;
}
