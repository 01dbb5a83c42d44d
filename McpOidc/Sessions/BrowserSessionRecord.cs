namespace McpOidc.Sessions;

/// <summary>A browser in which someone is signed in. Stored under the hash of the cookie's value.</summary>
internal sealed record BrowserSessionRecord
{
    public required string Subject { get; init; }
    public required string Provider { get; init; }
    public required DateTimeOffset AuthenticatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}
