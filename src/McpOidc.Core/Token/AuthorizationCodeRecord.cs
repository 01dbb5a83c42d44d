namespace McpOidc.Token;

/// <summary>
/// The authorization code of a grant, stored in the grant: one write issues both, and one write redeems the code for the first refresh
/// token.
/// </summary>
internal sealed record AuthorizationCodeRecord
{
    /// <summary>How long a redeemed code is remembered: as long as it could be presented, including clock skew.</summary>
    public static readonly TimeSpan Afterlife = TimeSpan.FromSeconds(60);

    /// <summary>SHA-256 of the secret part of the code.</summary>
    public required string Hash { get; init; }

    /// <summary>The data that the code represents, encrypted; absent once it was redeemed.</summary>
    public byte[]? Contents { get; init; }

    /// <summary>The code itself, encrypted with the cookie of the browser that brought it to the client; absent once it was
    /// redeemed.</summary>
    public byte[]? Sealed { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RedeemedAt { get; init; }

    public bool IsRemembered(DateTimeOffset now) => now < ExpiresAt + Afterlife;

    public AuthorizationCodeRecord Redeem(DateTimeOffset now) =>
        this with
        {
            Contents = null,
            Sealed = null,
            CreatedAt = null,
            RedeemedAt = now,
        };
}
