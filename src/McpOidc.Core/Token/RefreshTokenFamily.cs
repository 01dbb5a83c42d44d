namespace McpOidc.Token;

/// <summary>
/// The whole refresh token family of a grant, in constant space: the hash of the current token, and of the previous one together with its
/// successor, encrypted with a key that only the holder of the previous token can derive.
/// </summary>
internal sealed record RefreshTokenFamily
{
    /// <summary>The generation of the current token. Each token carries its own under its MAC: one that is ahead of the record shows that
    /// the store lost a write.</summary>
    public required int Generation { get; init; }
    public required string CurrentHash { get; init; }
    public required DateTimeOffset CurrentExpiresAt { get; init; }

    /// <summary>The previous token. It may be retried until the current one is first used.</summary>
    public string? PreviousHash { get; init; }
    public DateTimeOffset? PreviousExpiresAt { get; init; }
    public byte[]? Successor { get; init; }

    /// <summary>Whether the last rotation bound the family to a key, which the previous token did not need. Absent means no.</summary>
    public bool? IsBoundByRotation { get; init; }

    /// <summary>The origin of the last rotation (<c>RefreshToken.Mark</c>).</summary>
    public string? RotatedFrom { get; init; }
}
