using System.Text.Json.Serialization;
using McpOidc.Token;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>A device that waits for a person (RFC 8628 §3.1): what it asked for, and what was decided.</summary>
internal sealed record DeviceRequestRecord
{
    /// <summary>How long it is known that it has ended, so that the device is told so.</summary>
    public static readonly TimeSpan Afterlife = TimeSpan.FromMinutes(5);

    /// <summary>Follows from the user code and a key of this server.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the device code.</summary>
    public required string Hash { get; init; }

    /// <summary>The client (<see cref="Registration.ClientRecord.Id"/>).</summary>
    public required string ClientId { get; init; }

    /// <summary>As the client calls itself, uncleaned.</summary>
    public string? ClientName { get; init; }

    /// <summary>The host of the description, where the client is described by a document.</summary>
    public string? Publisher { get; init; }

    /// <summary>The resource in the form that the client asked for.</summary>
    public required string Resource { get; init; }
    public required string[] Scopes { get; init; }

    /// <summary>The code challenge (S256), where the client sent one.</summary>
    public string? Challenge { get; init; }

    /// <summary>The key whose proof the device code needs (RFC 9449).</summary>
    public string? CodeKey { get; init; }

    /// <summary>From where the device asked.</summary>
    public GrantOrigin? Origin { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the codes end.</summary>
    public required DateTimeOffset EndsAt { get; init; }
    public DateTimeOffset? PolledAt { get; init; }

    /// <summary>How long the device waits between two questions by now, in seconds.</summary>
    public required int Interval { get; init; }

    /// <summary>What the person decided; absent until then.</summary>
    public bool? IsAllowed { get; init; }

    /// <summary>The grant that comes of it. There is one, however often it is allowed.</summary>
    [JsonIgnore]
    public string GrantId => OpaqueToken.DeriveId($"device {Id} {Hash}");
}
