namespace McpOidc.Token;

/// <summary>The result of redeeming a code.</summary>
/// <param name="Succeeded">Whether this was the only valid redemption.</param>
/// <param name="RefreshToken">The first refresh token, if the client gets one.</param>
internal readonly record struct CodeRedemption(bool Succeeded, IssuedRefreshToken? RefreshToken = null);

/// <summary>A refresh token for a client.</summary>
/// <param name="Value">The client's form of it.</param>
/// <param name="ExpiresAt">When it expires if it is not used.</param>
internal sealed record IssuedRefreshToken(string Value, DateTimeOffset ExpiresAt);
