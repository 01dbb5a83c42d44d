using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Hosting;

/// <summary>A key pair of somebody who is not the server, and what they sign with it.</summary>
public sealed class ClientKey : IDisposable
{
    public const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _keyId = Guid.NewGuid().ToString("N");

    public JsonObject PublicJwk
    {
        get
        {
            var point = _key.ExportParameters(includePrivateParameters: false).Q;
            return new JsonObject
            {
                ["kty"] = "EC",
                ["crv"] = "P-256",
                ["kid"] = _keyId,
                ["x"] = Base64UrlEncoder.Encode(point.X!),
                ["y"] = Base64UrlEncoder.Encode(point.Y!),
            };
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

    /// <summary>Signs a payload; a type of <see langword="null"/> is left out of the header.</summary>
    public string Sign(JsonObject payload, string? type, Action<JsonObject>? changeHeader = null)
    {
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = _keyId };
        if (type is not null)
        {
            header["typ"] = type;
        }

        changeHeader?.Invoke(header);
        var signed = Base64UrlEncoder.Encode(header.ToJsonString()) + "." + Base64UrlEncoder.Encode(payload.ToJsonString());
        return signed + "." + Base64UrlEncoder.Encode(_key.SignData(System.Text.Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    /// <summary>What an attacker makes who takes the public key for a shared secret.</summary>
    public byte[] PublicBytes() => System.Text.Encoding.UTF8.GetBytes(_key.ExportSubjectPublicKeyInfoPem());

    public void Dispose() => _key.Dispose();
}
