using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>The private members of a JSON Web Key (RFC 7518 §6.2.2, §6.3.2, §6.4).</summary>
internal static class PrivateParts
{
    /// <summary>Whether any of them is present. <see cref="JsonWebKey.HasPrivateKey"/> detects only a complete RSA private key, but
    /// <c>d</c> or a single prime already reveals the key.</summary>
    public static bool HasPrivatePart(this JsonWebKey key) =>
        new[] { key.D, key.P, key.Q, key.DP, key.DQ, key.QI, key.K }.Any(part => part is not null) || key.Oth is { Count: > 0 };
}
