using System.Text.Json.Serialization;

namespace McpOidc.Sessions;

/// <summary>A browser in which someone is signed in. Stored under the hash of the cookie's value.</summary>
internal sealed record BrowserSessionRecord
{
    public required string Subject { get; init; }
    public required string Provider { get; init; }

    /// <summary>The session at the provider (<see cref="Sessions.ProviderSession"/>), where the provider names sessions.</summary>
    public string? ProviderSession { get; init; }

    /// <summary>When the person came back from the provider.</summary>
    public required DateTimeOffset AuthenticatedAt { get; init; }

    /// <summary>When the person proved to the provider who they are, which may be long before; absent where it does not say.</summary>
    public DateTimeOffset? ProviderAuthenticatedAt { get; init; }

    /// <summary>What clients are told (<c>auth_time</c>).</summary>
    [JsonIgnore]
    public DateTimeOffset ToldAuthenticatedAt => ProviderAuthenticatedAt ?? AuthenticatedAt;
    public required DateTimeOffset ExpiresAt { get; init; }
}
