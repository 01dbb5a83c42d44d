namespace McpOidc.Token;

/// <summary>What came of redeeming a code.</summary>
/// <param name="Succeeded">Whether this was the one redemption that counts.</param>
/// <param name="RefreshToken">The first refresh token, where the client gets one.</param>
internal readonly record struct CodeRedemption(bool Succeeded, IssuedRefreshToken? RefreshToken = null);

/// <summary>A refresh token for a client.</summary>
/// <param name="Value">What the client holds.</param>
/// <param name="ExpiresAt">When it ends if it is not used.</param>
internal sealed record IssuedRefreshToken(string Value, DateTimeOffset ExpiresAt);
