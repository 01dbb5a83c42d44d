namespace McpOidc.Federation;

/// <summary>A refresh of a person's tokens.</summary>
/// <param name="RefreshToken">The provider's refresh token.</param>
/// <param name="Issuer">The issuer at which the person signed in.</param>
/// <param name="Subject">The person's <c>sub</c> there. An answer about somebody else must not be used (OpenID Connect Core §12.2).</param>
public sealed record IdentityProviderRefreshRequest(string RefreshToken, string Issuer, string Subject)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IdentityProviderRefreshRequest)} {{ Issuer = {Issuer} }}";
}
