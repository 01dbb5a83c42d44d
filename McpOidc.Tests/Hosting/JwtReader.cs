using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Hosting;

/// <summary>Decodes tokens without validating them.</summary>
public static class JwtReader
{
    public static JsonObject Payload(string token) => Decode(new JsonWebToken(token).EncodedPayload);

    public static JsonObject Header(string token) => Decode(new JsonWebToken(token).EncodedHeader);

    private static JsonObject Decode(string part) => JsonNode.Parse(Base64UrlEncoder.Decode(part))!.AsObject();
}
