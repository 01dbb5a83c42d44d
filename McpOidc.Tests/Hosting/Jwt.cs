using System.Text.Json.Nodes;

namespace McpOidc.Tests.Hosting;

/// <summary>The header and payload of a JWT, decoded without validation.</summary>
public sealed record Jwt(JsonObject Header, JsonObject Payload)
{
    public static Jwt Read(string token) => new(JwtReader.Header(token), JwtReader.Payload(token));

    public string? this[string claim] => Payload[claim]?.ToString();
}
