namespace McpOidc.Federation;

/// <summary>A refresh of a user's tokens.</summary>
/// <param name="RefreshToken">The provider's refresh token.</param>
/// <param name="Issuer">The issuer at which the user signed in.</param>
/// <param name="Subject">The user's <c>sub</c> there. A response about a different user must not be used (OpenID Connect Core
/// §12.2).</param>
public sealed record IdentityProviderRefreshRequest(string RefreshToken, string Issuer, string Subject)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IdentityProviderRefreshRequest)} {{ Issuer = {Issuer} }}";
}
