namespace McpOidc.Token;

/// <summary>The personal access token of a grant. Its name is in <see cref="GrantRecord.Origin"/>, encrypted.</summary>
internal sealed record PersonalTokenRecord
{
    /// <summary>SHA-256 of the token.</summary>
    public required string Hash { get; init; }

    /// <summary>When the token expires.</summary>
    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>
    /// Until when the last check counts. The authorization server then checks the token as it checks a refresh: whether the user still
    /// exists and may still have the granted scopes.
    /// </summary>
    public required DateTimeOffset CheckedUntil { get; init; }

    /// <summary>The granted scopes that the last check confirmed.</summary>
    public required string[] Scopes { get; init; }
}
