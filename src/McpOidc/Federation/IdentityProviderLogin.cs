using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>A completed sign-in.</summary>
/// <param name="Issuer">The provider's issuer, which together with <paramref name="Subject"/> identifies the user.</param>
/// <param name="Subject">The user's <c>sub</c> at the provider.</param>
/// <param name="Claims">The verified claims from the provider.</param>
/// <param name="Tokens">The provider's tokens; <see langword="null"/> if it issues none, and tools then get none either.</param>
public sealed record IdentityProviderLogin(string Issuer, string Subject, JsonObject Claims, IdentityProviderTokenSet? Tokens)
{
    /// <summary>A value that the provider changes when all grants of the user have to end, for example with the password. A sign-in with
    /// another stamp than the last one ends them. Stored as a hash. Default: none.</summary>
    public string? Stamp { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IdentityProviderLogin)} {{ Issuer = {Issuer} }}";
}
