namespace McpOidc.Token;

/// <summary>
/// The whole refresh token family of a grant, in constant space: the hash of the token that is current, and of the one before it
/// together with its successor, encrypted under a key that only the holder of that earlier token can derive.
/// </summary>
internal sealed record RefreshTokenFamily
{
    /// <summary>Counts the tokens of the family. Each says its own under its MAC: one that is ahead of the record tells that the store lost
    /// a write.</summary>
    public required int Generation { get; init; }
    public required string CurrentHash { get; init; }
    public required DateTimeOffset CurrentExpiresAt { get; init; }

    /// <summary>The token before the current one. It may be retried until the current one is first used.</summary>
    public string? PreviousHash { get; init; }
    public DateTimeOffset? PreviousExpiresAt { get; init; }
    public byte[]? Successor { get; init; }

    /// <summary>Whether the last rotation bound the family to a key: the token before it needed none. Absent for no.</summary>
    public bool? IsBoundByRotation { get; init; }

    /// <summary>From where the last rotation was asked for (<c>RefreshToken.Mark</c>).</summary>
    public string? RotatedFrom { get; init; }
}
