using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>A completed sign-in.</summary>
/// <param name="Issuer">The provider's issuer: with <paramref name="Subject"/> it says who the person is.</param>
/// <param name="Subject">The person's <c>sub</c> at the provider.</param>
/// <param name="Claims">What the provider said of the person, verified.</param>
/// <param name="Tokens">The provider's tokens.</param>
public sealed record IdentityProviderLogin(string Issuer, string Subject, JsonObject Claims, IdentityProviderTokenSet Tokens)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IdentityProviderLogin)} {{ Issuer = {Issuer} }}";
}
