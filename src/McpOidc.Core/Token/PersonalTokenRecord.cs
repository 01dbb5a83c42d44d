namespace McpOidc.Token;

/// <summary>What makes a grant one of a personal access token. Its name is with <see cref="GrantRecord.Origin"/>, encrypted.</summary>
internal sealed record PersonalTokenRecord
{
    /// <summary>SHA-256 of the token.</summary>
    public required string Hash { get; init; }

    /// <summary>When the token ends.</summary>
    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>
    /// Until when it is good without a question to the authorization server, which asks then what it asks at a refresh: whether the person
    /// is still there, and may still have what was granted.
    /// </summary>
    public required DateTimeOffset CheckedUntil { get; init; }

    /// <summary>What of the granted scopes the person might have at the last check.</summary>
    public required string[] Scopes { get; init; }
}
