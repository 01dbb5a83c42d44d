using System.Text.Json.Serialization;
using McpOidc.Token;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>A device authorization request (RFC 8628 §3.1): what the device requested, and the decision.</summary>
internal sealed record DeviceRequestRecord
{
    /// <summary>How long the record outlives its codes, so that the device gets <c>expired_token</c>.</summary>
    public static readonly TimeSpan Afterlife = TimeSpan.FromMinutes(5);

    /// <summary>Derived from the user code with a key of this server.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the device code.</summary>
    public required string Hash { get; init; }

    /// <summary>The client (<see cref="Registration.ClientRecord.Id"/>).</summary>
    public required string ClientId { get; init; }

    /// <summary>The name that the client sent, not sanitized.</summary>
    public string? ClientName { get; init; }

    /// <summary>The host of the client's metadata document; absent without one.</summary>
    public string? Publisher { get; init; }

    /// <summary>The resource, as the client sent it.</summary>
    public required string Resource { get; init; }
    public required string[] Scopes { get; init; }

    /// <summary>The code challenge (S256); absent if the client sent none.</summary>
    public string? Challenge { get; init; }

    /// <summary>The key that must be proven to redeem the device code (RFC 9449).</summary>
    public string? CodeKey { get; init; }

    /// <summary>Where the request came from.</summary>
    public GrantOrigin? Origin { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the codes expire.</summary>
    public required DateTimeOffset EndsAt { get; init; }
    public DateTimeOffset? PolledAt { get; init; }

    /// <summary>The current interval between two polls, in seconds.</summary>
    public required int Interval { get; init; }

    /// <summary>The person's decision; absent until then.</summary>
    public bool? IsAllowed { get; init; }

    /// <summary>The id of the grant. It is derived, so allowing the request twice creates one grant.</summary>
    [JsonIgnore]
    public string GrantId => OpaqueToken.DeriveId($"device {Id} {Hash}");
}
