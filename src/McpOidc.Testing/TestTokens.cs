namespace McpOidc.Testing;

/// <summary>The tokens of a sign-in.</summary>
/// <param name="AccessToken">For the <c>Authorization: Bearer</c> header.</param>
public sealed record TestTokens(string AccessToken)
{
    /// <summary>The refresh token of the client <c>test-client</c>.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>The scopes that were granted.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];
}
