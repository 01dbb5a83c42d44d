using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpOidc.Keys;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>Reads a provider's keys (RFC 7517 §5) individually: a broken one does not affect the others.</summary>
internal static class ProviderKeys
{
    /// <summary>The keys that may verify signatures.</summary>
    public static IReadOnlyList<JsonWebKey> Read(JsonArray keys) => [.. keys.OfType<JsonObject>().Select(ReadOne).OfType<JsonWebKey>()];

    /// <summary>The candidate keys for a signature: all with the given name, because a provider may give several keys the same
    /// name.</summary>
    public static IEnumerable<SecurityKey> Candidates(IReadOnlyList<JsonWebKey> keys, string? keyId, string? algorithm)
    {
        var fitting = keys.Where(key => AsymmetricAlgorithms.MayVerify(key, algorithm)).ToList();
        return string.IsNullOrEmpty(keyId) ? fitting : fitting.Where(key => key.Kid is null or "" || key.Kid == keyId);
    }

    private static JsonWebKey? ReadOne(JsonObject published)
    {
        try
        {
            // Unneeded members may have any type: x5c may be a string, for instance. A kid may be a number.
            var members = new JsonObject();
            foreach (var name in (string[])["kty", "use", "alg", "kid", "n", "e", "crv", "x", "y"])
            {
                if (published[name] is JsonValue value)
                {
                    members[name] = value.ToString();
                }
            }

            var key = new JsonWebKey(members.ToJsonString());
            return AsymmetricAlgorithms.MayVerify(key) && IsWhole(key) ? key : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or CryptographicException)
        {
            return null;
        }
    }

    // A key that cannot be created is detected here rather than when verifying a signature.
    private static bool IsWhole(JsonWebKey key)
    {
        if (key.Kty == JsonWebAlgorithmsKeyTypes.RSA)
        {
            using var rsa = RSA.Create(new RSAParameters { Modulus = Bytes(key.N), Exponent = Bytes(key.E) });
            return rsa.KeySize >= 1024;
        }

        using var curve = ECDsa.Create(
            new ECParameters
            {
                Curve = key.Crv switch
                {
                    JsonWebKeyECTypes.P384 => ECCurve.NamedCurves.nistP384,
                    JsonWebKeyECTypes.P521 => ECCurve.NamedCurves.nistP521,
                    _ => ECCurve.NamedCurves.nistP256,
                },
                Q = new ECPoint { X = Bytes(key.X), Y = Bytes(key.Y) },
            }
        );
        return true;
    }

    private static byte[] Bytes(string member) => Base64UrlEncoder.DecodeBytes(member);
}
