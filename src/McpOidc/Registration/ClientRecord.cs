using System.Text.Json.Serialization;
using McpOidc.Registration.MetadataDocuments;

namespace McpOidc.Registration;

/// <summary>A registered client: its metadata (RFC 7591 §2) as accepted, and the hashes of what authenticates it.</summary>
internal sealed record ClientRecord
{
    public required string ClientId { get; init; }
    public required ClientMetadata Metadata { get; init; }

    /// <summary>SHA-256 of the client secret; absent for a public client.</summary>
    public string? SecretHash { get; init; }

    /// <summary>SHA-256 of the registration access token (RFC 7592 §3); absent for a client from configuration.</summary>
    public string? RegistrationTokenHash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a sign-in was last completed with it; absent until the first.</summary>
    public DateTimeOffset? ActivatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Changes with every update of the metadata, so that a consent given to other words no longer counts.</summary>
    public required string MetadataHash { get; init; }

    /// <summary>Since when several installations use it; nobody can change or delete it any more.</summary>
    public DateTimeOffset? SharedSince { get; init; }

    /// <summary>SHA-256 of the id, where it is stateless and this is the record of its use: it is known by that when its key is
    /// gone.</summary>
    public string? IdHash { get; init; }

    /// <summary>Since when the id is refused; the record is kept for nothing else.</summary>
    public DateTimeOffset? BlockedAt { get; init; }

    /// <summary>The id as it is kept and shown (<see cref="ClientIdDigest"/>).</summary>
    [JsonIgnore]
    public string Id => ClientIdDigest.Of(ClientId);

    /// <summary>Whether what was registered stands in the id, and is not stored.</summary>
    [JsonIgnore]
    public bool IsStateless => ClientIdDigest.Is(Id);

    /// <summary>Whether the id is the URL of a document that describes the client; otherwise the client was registered.</summary>
    public bool IsDescribedByDocument => ClientIdUrl.IsUrl(ClientId);

    /// <summary>Whether the operator named it in the settings: nobody else can change such a client, so it has no token for
    /// that.</summary>
    public bool IsConfigured => RegistrationTokenHash is null && !IsDescribedByDocument;

    /// <summary>
    /// Whether any program on the device can use the public id of this client and wait for the answer where the client would (RFC 8252
    /// §8.6): that a person allowed it once says nothing about who asks now. A registered client's id is known to one installation.
    /// </summary>
    public bool IsAnsweredToAnyProgram(string redirectUri) =>
        (IsDescribedByDocument || (IsConfigured && IsPublic)) && RedirectUri.Read(redirectUri)?.Kind != RedirectUriKind.Https;

    /// <summary>Whether it gets refresh tokens, asked for or not: half of the MCP clients never ask for <c>offline_access</c>, and their
    /// users would sign in every quarter of an hour.</summary>
    [JsonIgnore]
    public bool MayRefresh => Metadata.GrantTypes?.Contains(StaticClients.RefreshToken) ?? true;

    /// <summary>Whether answers may go to a redirect URI.</summary>
    public bool MayBeAnsweredAt(string? redirectUri) =>
        redirectUri is not null && Metadata.RedirectUris?.Any(registered => RedirectUriMatch.Matches(registered, redirectUri)) == true;

    public bool IsPublic => Metadata.MayBePublic;
}
