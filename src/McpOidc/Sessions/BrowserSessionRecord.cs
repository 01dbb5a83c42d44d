using System.Text.Json.Serialization;

namespace McpOidc.Sessions;

/// <summary>A browser in which a user is signed in. Stored under the hash of the cookie's value.</summary>
internal sealed record BrowserSessionRecord
{
    public required string Subject { get; init; }
    public required string Provider { get; init; }

    /// <summary>The session at the provider (<see cref="Sessions.ProviderSession"/>), if the provider names sessions.</summary>
    public string? ProviderSession { get; init; }

    /// <summary>When the user returned from the provider.</summary>
    public required DateTimeOffset AuthenticatedAt { get; init; }

    /// <summary>When the user authenticated to the provider, possibly long before; absent if it does not say.</summary>
    public DateTimeOffset? ProviderAuthenticatedAt { get; init; }

    /// <summary>The time for clients (<c>auth_time</c>).</summary>
    [JsonIgnore]
    public DateTimeOffset ToldAuthenticatedAt => ProviderAuthenticatedAt ?? AuthenticatedAt;
    public required DateTimeOffset ExpiresAt { get; init; }
}
