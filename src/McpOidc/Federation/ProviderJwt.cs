using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>Reads a provider's JWT, verified or not.</summary>
internal static class ProviderJwt
{
    /// <summary>The payload; <see langword="null"/> if it is not a signed JWT or has a duplicate claim.</summary>
    public static JsonObject? ReadPayload(string? token) => Read(token, part: 1);

    public static JsonObject? ReadHeader(string? token) => Read(token, part: 0);

    private static JsonObject? Read(string? token, int part)
    {
        if (token?.Split('.') is not { Length: 3 } parts)
        {
            return null;
        }

        try
        {
            return ProviderAnswer.Parse(Base64UrlEncoder.DecodeBytes(parts[part]));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
