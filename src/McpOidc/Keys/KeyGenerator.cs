using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>Generates private JSON Web Keys for signing (RFC 7517). The <c>kid</c> is the thumbprint (RFC 7638).</summary>
public static class KeyGenerator
{
    /// <summary>The supported algorithms, the default first.</summary>
    public static IReadOnlyList<string> Algorithms { get; } =
    [
        SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512,
    ];

    /// <summary>Generates a key.</summary>
    /// <param name="algorithm">One of <see cref="Algorithms"/>.</param>
    /// <returns>The private key, with <c>use</c>, <c>alg</c> and <c>kid</c>.</returns>
    /// <exception cref="ArgumentException">The algorithm is not supported.</exception>
    public static JsonWebKey Create(string algorithm)
    {
        if (!Algorithms.Contains(algorithm))
        {
            throw new ArgumentException($"'{algorithm}' is not one of {string.Join(", ", Algorithms)}.", nameof(algorithm));
        }

        var key = algorithm.StartsWith("ES", StringComparison.Ordinal) ? CreateEllipticCurve(algorithm) : CreateRsa();
        key.Use = JsonWebKeyUseNames.Sig;
        key.Alg = algorithm;
        key.Kid = Base64UrlEncoder.Encode(key.ComputeJwkThumbprint());
        return key;
    }

    private static JsonWebKey CreateEllipticCurve(string algorithm)
    {
        var (curve, name) = algorithm switch
        {
            SecurityAlgorithms.EcdsaSha384 => (ECCurve.NamedCurves.nistP384, JsonWebKeyECTypes.P384),
            SecurityAlgorithms.EcdsaSha512 => (ECCurve.NamedCurves.nistP521, JsonWebKeyECTypes.P521),
            _ => (ECCurve.NamedCurves.nistP256, JsonWebKeyECTypes.P256),
        };
        using var ecdsa = ECDsa.Create(curve);
        var key = ecdsa.ExportParameters(includePrivateParameters: true);
        // Not with JsonWebKeyConverter, whose result keeps using the ECDsa object that is disposed here.
        return new JsonWebKey
        {
            Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
            Crv = name,
            X = Base64UrlEncoder.Encode(key.Q.X),
            Y = Base64UrlEncoder.Encode(key.Q.Y),
            D = Base64UrlEncoder.Encode(key.D),
        };
    }

    private static JsonWebKey CreateRsa()
    {
        using var rsa = RSA.Create(2048);
        return JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: true)));
    }
}
