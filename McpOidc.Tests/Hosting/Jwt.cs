using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Hosting;

/// <summary>A JWT, read and not verified.</summary>
public sealed record Jwt(JsonObject Header, JsonObject Payload)
{
    public static Jwt Read(string token)
    {
        var parts = token.Split('.');
        Assert.Equal(3, parts.Length);
        return new Jwt(Part(parts[0]), Part(parts[1]));
    }

    public string? this[string claim] => Payload[claim]?.ToString();

    private static JsonObject Part(string value) => JsonNode.Parse(Base64UrlEncoder.DecodeBytes(value))!.AsObject();
}
