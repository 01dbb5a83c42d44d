using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>What of a JSON Web Key only its owner may know (RFC 7518 §6.2.2, §6.3.2, §6.4).</summary>
internal static class PrivateParts
{
    /// <summary>Whether any of it is there. <see cref="JsonWebKey.HasPrivateKey"/> says so of a whole private RSA key only, and by
    /// <c>d</c> alone, or by one prime, it is known too.</summary>
    public static bool HasPrivatePart(this JsonWebKey key) =>
        new[] { key.D, key.P, key.Q, key.DP, key.DQ, key.QI, key.K }.Any(part => part is not null) || key.Oth is { Count: > 0 };
}
