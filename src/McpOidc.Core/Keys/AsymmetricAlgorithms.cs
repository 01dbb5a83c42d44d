using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// The accepted signature algorithms. None is symmetric, so that a public key can never be used as a shared secret, and <c>none</c> is not
/// included (RFC 8725 §3.1).
/// </summary>
internal static class AsymmetricAlgorithms
{
    public static readonly IReadOnlyList<string> All = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

    // The cost of a larger key grows with the cube of its size.
    // 4096 bits in base64url, with a leading zero.
    private const int MaximumModulusLength = 684;

    // Four bytes: exponents above 65537 are not used in practice, and the cost of verification grows with their length.
    private const int MaximumExponentLength = 6;

    /// <summary>Whether a key may verify signatures: an RSA or elliptic curve key of limited size that is not for encryption (RFC 7517
    /// §4.2).</summary>
    public static bool MayVerify(JsonWebKey key) =>
        key.Use is null or "sig"
        && key.Kty switch
        {
            JsonWebAlgorithmsKeyTypes.RSA => key is { E.Length: <= MaximumExponentLength, N.Length: <= MaximumModulusLength },
            JsonWebAlgorithmsKeyTypes.EllipticCurve => key.Crv
                is JsonWebKeyECTypes.P256
                    or JsonWebKeyECTypes.P384
                    or JsonWebKeyECTypes.P521,
            _ => false,
        };

    /// <summary>Whether a key may verify a signature with an algorithm (RFC 7518 §3.1).</summary>
    public static bool MayVerify(JsonWebKey key, string? algorithm) =>
        MayVerify(key)
        && (string.IsNullOrEmpty(key.Alg) || key.Alg == algorithm)
        && algorithm switch
        {
            SecurityAlgorithms.EcdsaSha256 => key.Crv == JsonWebKeyECTypes.P256,
            SecurityAlgorithms.EcdsaSha384 => key.Crv == JsonWebKeyECTypes.P384,
            SecurityAlgorithms.EcdsaSha512 => key.Crv == JsonWebKeyECTypes.P521,
            _ => key.Kty == JsonWebAlgorithmsKeyTypes.RSA,
        };
}
