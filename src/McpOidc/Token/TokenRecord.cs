using System.Text.Json.Serialization;

namespace McpOidc.Token;

/// <summary>
/// An authorization code or a pushed authorization request, as OpenIddict sees it. Access tokens have no record, refresh tokens
/// live in their grant.
/// </summary>
internal sealed record TokenRecord
{
    /// <summary>Where the record lies; also the first part of the reference that the client holds.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the second, secret part of the reference.</summary>
    public string? ReferenceHash { get; init; }
    public string? ClientId { get; init; }
    public string? AuthorizationId { get; init; }
    public string? Subject { get; init; }
    public string? Type { get; init; }
    public string? Status { get; init; }
    public string? Payload { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RedeemedAt { get; init; }

    /// <summary>The hash of the binding cookie of the browser that came with a pushed request; absent until one did.</summary>
    public string? OpenedBy { get; init; }
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>When the record goes.</summary>
    [JsonIgnore]
    public DateTimeOffset ForgottenAt =>
        (ExpiresAt ?? DateTimeOffset.MaxValue - AuthorizationCodeRecord.Afterlife) + AuthorizationCodeRecord.Afterlife;
}
