namespace McpOidc.Token;

/// <summary>
/// The authorization code of a grant, kept in the grant: issuing both is one write, and so is redeeming the code for the first refresh
/// token.
/// </summary>
internal sealed record AuthorizationCodeRecord
{
    /// <summary>A code that was redeemed is known as redeemed for as long as anyone could present it, clocks that differ
    /// included.</summary>
    public static readonly TimeSpan Afterlife = TimeSpan.FromSeconds(60);

    /// <summary>SHA-256 of the secret part of the code.</summary>
    public required string Hash { get; init; }

    /// <summary>What the code stands for, encrypted; absent once it was redeemed.</summary>
    public string? Payload { get; init; }

    /// <summary>The code itself, encrypted under the cookie of the browser that brought it to the client; absent once it was
    /// redeemed.</summary>
    public byte[]? Sealed { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RedeemedAt { get; init; }

    public bool IsRemembered(DateTimeOffset now) => now < ExpiresAt + Afterlife;

    public AuthorizationCodeRecord Redeem(DateTimeOffset now) =>
        this with
        {
            Payload = null,
            Sealed = null,
            CreatedAt = null,
            RedeemedAt = now,
        };
}
