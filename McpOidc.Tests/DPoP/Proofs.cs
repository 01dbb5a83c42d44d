using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.DPoP;

/// <summary>DPoP proofs (RFC 9449 §4.2), valid and invalid.</summary>
internal static class Proofs
{
    public static string Proof(
        this ClientKey key,
        string method,
        string url,
        string? accessToken = null,
        Action<JsonObject>? change = null,
        Action<JsonObject>? changeHeader = null,
        string type = "dpop+jwt"
    )
    {
        var payload = new JsonObject
        {
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["htm"] = method,
            ["htu"] = url,
            ["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        };
        if (accessToken is not null)
        {
            payload["ath"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)));
        }

        change?.Invoke(payload);
        return key.Sign(
            payload,
            type,
            header =>
            {
                header["jwk"] = key.PublicJwk;
                changeHeader?.Invoke(header);
            }
        );
    }

    public static string Thumbprint(this ClientKey key) =>
        Base64UrlEncoder.Encode(new JsonWebKey(key.PublicJwk.ToJsonString()).ComputeJwkThumbprint());

    /// <summary>Faults in a proof that both the authorization server and an MCP server detect.</summary>
    public static TheoryData<string, Func<ClientKey, string, string, string?, string>> Wrong =>
        new()
        {
            { "another method", (key, _, url, token) => key.Proof("PUT", url, token) },
            { "another URL", (key, method, _, token) => key.Proof(method, "https://evil.example/token", token) },
            { "another path", (key, method, url, token) => key.Proof(method, url + "/more", token) },
            { "no URL", (key, method, url, token) => key.Proof(method, url, token, payload => payload.Remove("htu")) },
            { "no method", (key, method, url, token) => key.Proof(method, url, token, payload => payload.Remove("htm")) },
            { "no id", (key, method, url, token) => key.Proof(method, url, token, payload => payload.Remove("jti")) },
            { "no time", (key, method, url, token) => key.Proof(method, url, token, payload => payload.Remove("iat")) },
            {
                "an old time",
                (key, method, url, token) =>
                    key.Proof(method, url, token, payload => payload["iat"] = DateTimeOffset.UtcNow.AddMinutes(-10).ToUnixTimeSeconds())
            },
            {
                "a future time",
                (key, method, url, token) =>
                    key.Proof(method, url, token, payload => payload["iat"] = DateTimeOffset.UtcNow.AddMinutes(40).ToUnixTimeSeconds())
            },
            { "another type", (key, method, url, token) => key.Proof(method, url, token, type: "JWT") },
            { "no key", (key, method, url, token) => key.Proof(method, url, token, changeHeader: header => header.Remove("jwk")) },
            {
                "a private key",
                (key, method, url, token) => key.Proof(method, url, token, changeHeader: header => header["jwk"]!["d"] = "AAAA")
            },
            {
                "the key of another",
                (key, method, url, token) => key.Proof(method, url, token, changeHeader: header => header["jwk"] = OtherKey())
            },
            { "a symmetric key", (key, method, url, token) => Symmetric(key.Proof(method, url, token)) },
            { "no signature", (key, method, url, token) => Unsigned(key.Proof(method, url, token)) },
            {
                "an unknown critical header",
                (key, method, url, token) => key.Proof(method, url, token, changeHeader: header => header["crit"] = new JsonArray("b64"))
            },
            { "no JWT", (_, _, _, _) => "no.jwt.atall" },
            { "an endless one", (_, _, _, _) => new string('a', 9000) },
        };

    private static JsonObject OtherKey()
    {
        using var other = new ClientKey();
        return other.PublicJwk;
    }

    private static string Symmetric(string proof)
    {
        var secret = Encoding.ASCII.GetBytes("a-shared-secret-of-at-least-32-bytes");
        var header = JwtReader.Header(proof);
        header["alg"] = "HS256";
        header["jwk"] = new JsonObject { ["kty"] = "oct", ["k"] = Base64UrlEncoder.Encode(secret) };
        return Forgery.Assemble(header, JwtReader.Payload(proof), secret);
    }

    private static string Unsigned(string proof)
    {
        var header = JwtReader.Header(proof);
        header["alg"] = "none";
        return Forgery.Assemble(header, JwtReader.Payload(proof), hmacKey: null);
    }
}
