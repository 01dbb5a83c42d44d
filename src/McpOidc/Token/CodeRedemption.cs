namespace McpOidc.Token;

/// <summary>What came of redeeming a code.</summary>
/// <param name="Succeeded">Whether this was the one redemption that counts.</param>
/// <param name="RefreshToken">The first refresh token, where the client gets one.</param>
internal readonly record struct CodeRedemption(bool Succeeded, string? RefreshToken = null);
