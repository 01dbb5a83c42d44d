using System.Text.Json.Nodes;

namespace McpOidc.Tests.Hosting;

/// <summary>Both parts of a JWT, read and not believed.</summary>
public sealed record Jwt(JsonObject Header, JsonObject Payload)
{
    public static Jwt Read(string token) => new(JwtReader.Header(token), JwtReader.Payload(token));

    public string? this[string claim] => Payload[claim]?.ToString();
}
