namespace McpOidc.Federation;

/// <summary>The user whose claims are read again.</summary>
/// <param name="Tokens">The tokens of the preceding refresh, as received; the id_token is verified, or absent.</param>
/// <param name="Issuer">The issuer under which the user is known.</param>
/// <param name="Subject">The user's <c>sub</c> at the provider.</param>
/// <param name="NeededClaims">Claims that decide about the user's rights and that the provider sent before.</param>
public sealed record IdentityProviderClaimsRequest(
    IdentityProviderTokenSet Tokens,
    string Issuer,
    string Subject,
    IReadOnlyCollection<string> NeededClaims
)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IdentityProviderClaimsRequest)} {{ Issuer = {Issuer} }}";
}
