using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// The signature algorithms that are accepted of anybody. None is symmetric, so that a public key can never be taken for a shared secret,
/// and <c>none</c> is none of them (RFC 8725 §3.1).
/// </summary>
internal static class AsymmetricAlgorithms
{
    public static readonly IReadOnlyList<string> All = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

    /// <summary>Whether a key may verify signatures: an RSA or elliptic curve key that is not for encryption (RFC 7517 §4.2).</summary>
    public static bool MayVerify(JsonWebKey key) =>
        key.Kty is JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve && key.Use is null or "sig";
}
