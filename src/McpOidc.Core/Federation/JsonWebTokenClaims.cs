using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>Reads claims of a token that was already validated.</summary>
internal static class JsonWebTokenClaims
{
    public static string? GetPayloadValueOrNull(this JsonWebToken token, string name) =>
        token.TryGetPayloadValue<string>(name, out var value) ? value : null;

    /// <summary>The raw payload, including numbers and objects.</summary>
    public static JsonObject GetPayload(this JsonWebToken token) =>
        JsonNode.Parse(Base64UrlEncoder.Decode(token.EncodedPayload))!.AsObject();
}
