namespace McpOidc.Sessions;

/// <summary>A browser in which someone is signed in. Stored under the hash of the cookie's value.</summary>
internal sealed record BrowserSessionRecord
{
    public required string Subject { get; init; }
    public required string Provider { get; init; }

    /// <summary>The session at the provider (<see cref="Sessions.ProviderSession"/>), where the provider names sessions.</summary>
    public string? ProviderSession { get; init; }
    public required DateTimeOffset AuthenticatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}
