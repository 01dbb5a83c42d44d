namespace McpOidc.Federation;

/// <summary>The identity provider's tokens for one user.</summary>
/// <param name="AccessToken">For calls to the provider's and the organisation's APIs.</param>
public sealed record IdentityProviderTokenSet(string AccessToken)
{
    /// <summary>The id_token of the last sign-in or refresh that returned one.</summary>
    public string? IdToken { get; init; }

    /// <summary>The provider's refresh token. <see langword="null"/> in what tools receive: only the authorization server uses
    /// it.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>When the access token expires; <see langword="null"/> if the provider did not say.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The type of the access token according to the provider. Default: <c>Bearer</c>.</summary>
    public string TokenType { get; init; } = "Bearer";

    /// <summary>The scopes that the provider granted, space-separated; the requested ones if it named none.</summary>
    public string? Scope { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IdentityProviderTokenSet)} {{ ExpiresAt = {ExpiresAt:O} }}";
}
