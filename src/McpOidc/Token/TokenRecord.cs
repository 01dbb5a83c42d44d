using System.Text.Json.Serialization;

namespace McpOidc.Token;

/// <summary>
/// A pushed authorization request, as OpenIddict sees it. Access tokens have no record; codes and refresh tokens are stored in their
/// grant.
/// </summary>
internal sealed record TokenRecord
{
    /// <summary>The id of the record; also the first part of the client's reference.</summary>
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

    /// <summary>The hash of the binding cookie of the browser that brought a pushed request; absent until then.</summary>
    public string? OpenedBy { get; init; }
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>When the record expires.</summary>
    [JsonIgnore]
    public DateTimeOffset ForgottenAt =>
        (ExpiresAt ?? DateTimeOffset.MaxValue - AuthorizationCodeRecord.Afterlife) + AuthorizationCodeRecord.Afterlife;
}
