using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Hosting;

/// <summary>Tokens that the server never issued, some signed with its own key.</summary>
public static class Forgery
{
    /// <summary>The payload of a token, for modification.</summary>
    public static JsonObject PayloadOf(string token) => JwtReader.Payload(token);

    /// <summary>The header of a token.</summary>
    public static JsonObject HeaderOf(string token) => JwtReader.Header(token);

    /// <summary>A modified copy of a token, signed with the server's own key.</summary>
    public static string Resign(TestSystem system, string token, Action<JsonObject>? change = null, string type = "at+jwt")
    {
        var payload = PayloadOf(token);
        change?.Invoke(payload);
        return Sign(payload, KeyOf(system), type);
    }

    public static string Sign(JsonObject payload, SigningCredentials credentials, string type = "at+jwt") =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            payload.ToJsonString(),
            credentials,
            new Dictionary<string, object> { ["typ"] = type }
        );

    /// <summary>The key with which the server signs.</summary>
    public static SigningCredentials KeyOf(TestSystem system) =>
        system.Server.Services.GetRequiredService<SigningKeyRing>().Current.Signing[0];

    /// <summary>A token with any header, signed with a symmetric key, or unsigned without one.</summary>
    public static string Assemble(JsonObject header, JsonObject payload, byte[]? hmacKey)
    {
        var head = Base64UrlEncoder.Encode(header.ToJsonString()) + "." + Base64UrlEncoder.Encode(payload.ToJsonString());
        return head + "." + (hmacKey is null ? "" : Base64UrlEncoder.Encode(HMACSHA256.HashData(hmacKey, Encoding.ASCII.GetBytes(head))));
    }
}
