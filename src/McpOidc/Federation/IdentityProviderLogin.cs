using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>A completed sign-in.</summary>
/// <param name="Issuer">The provider's issuer, which together with <paramref name="Subject"/> identifies the user.</param>
/// <param name="Subject">The user's <c>sub</c> at the provider.</param>
/// <param name="Claims">The verified claims from the provider.</param>
/// <param name="Tokens">The provider's tokens.</param>
public sealed record IdentityProviderLogin(string Issuer, string Subject, JsonObject Claims, IdentityProviderTokenSet Tokens)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IdentityProviderLogin)} {{ Issuer = {Issuer} }}";
}
