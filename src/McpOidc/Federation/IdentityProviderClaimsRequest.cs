namespace McpOidc.Federation;

/// <summary>Whose claims are read anew.</summary>
/// <param name="Tokens">The tokens of a refresh a moment ago, as the provider sent them; its id_token is verified, or absent.</param>
/// <param name="Issuer">The issuer under which the person is known.</param>
/// <param name="Subject">The person's <c>sub</c> at the provider.</param>
/// <param name="NeededClaims">Claims that decide what the person may do, and that the provider sent before.</param>
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
