using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Hosting;

/// <summary>A key pair of a party other than the server, and the tokens it signs.</summary>
/// <param name="algorithm">The signing algorithm (RFC 7518 §3.1).</param>
/// <param name="bits">The size of an RSA key.</param>
public sealed class ClientKey(string algorithm = "ES256", int bits = 2048) : IDisposable
{
    public const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private readonly AsymmetricAlgorithm _key = algorithm switch
    {
        "ES256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        "ES384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        "ES512" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
        _ => RSA.Create(bits),
    };
    private readonly string _keyId = Guid.NewGuid().ToString("N");

    public JsonObject PublicJwk
    {
        get
        {
            var jwk = new JsonObject { ["kid"] = _keyId };
            if (_key is ECDsa curve)
            {
                var point = curve.ExportParameters(includePrivateParameters: false).Q;
                (jwk["kty"], jwk["crv"]) = ("EC", curve.KeySize == 521 ? "P-521" : $"P-{curve.KeySize}");
                (jwk["x"], jwk["y"]) = (Base64UrlEncoder.Encode(point.X!), Base64UrlEncoder.Encode(point.Y!));
            }
            else if (_key is RSA rsa)
            {
                var numbers = rsa.ExportParameters(includePrivateParameters: false);
                (jwk["kty"], jwk["n"], jwk["e"]) = (
                    "RSA",
                    Base64UrlEncoder.Encode(numbers.Modulus!),
                    Base64UrlEncoder.Encode(numbers.Exponent!)
                );
            }

            return jwk;
        }
    }

    public JsonObject Jwks => new() { ["keys"] = new JsonArray(PublicJwk) };

    /// <summary>A client assertion (RFC 7523 §3).</summary>
    public string Assert(string clientId, string audience, Action<JsonObject>? change = null, string? type = "JWT")
    {
        var payload = new JsonObject
        {
            ["iss"] = clientId,
            ["sub"] = clientId,
            ["aud"] = audience,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["exp"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60,
        };
        change?.Invoke(payload);
        return Sign(payload, type);
    }

    /// <summary>Signs a payload; with a type of <see langword="null"/> the header has no <c>typ</c>.</summary>
    public string Sign(JsonObject payload, string? type, Action<JsonObject>? changeHeader = null)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["kid"] = _keyId };
        if (type is not null)
        {
            header["typ"] = type;
        }

        changeHeader?.Invoke(header);
        var signed = Base64UrlEncoder.Encode(header.ToJsonString()) + "." + Base64UrlEncoder.Encode(payload.ToJsonString());
        return signed + "." + Base64UrlEncoder.Encode(Sign(System.Text.Encoding.ASCII.GetBytes(signed)));
    }

    private byte[] Sign(byte[] signed)
    {
        var hash = new HashAlgorithmName("SHA" + algorithm[2..]);
        return _key switch
        {
            ECDsa curve => curve.SignData(signed, hash),
            RSA rsa => rsa.SignData(signed, hash, algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
            _ => throw new InvalidOperationException($"No key signs by {algorithm}."),
        };
    }

    /// <summary>The public key as bytes, for an attacker who uses it as an HMAC secret.</summary>
    public byte[] PublicBytes() => System.Text.Encoding.UTF8.GetBytes(_key.ExportSubjectPublicKeyInfoPem());

    public void Dispose() => _key.Dispose();
}
