using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpOidc.DPoP;

/// <summary>The claim that names the key a token is bound to (RFC 7800 §3, RFC 9449 §6.1).</summary>
internal static class Confirmation
{
    public const string Claim = "cnf";
    public const string Thumbprint = "jkt";

    /// <summary>Whether a token is bound at all, including by an unknown method.</summary>
    public static bool IsBound(ClaimsPrincipal token) => token.HasClaim(claim => claim.Type == Claim);

    /// <summary>The thumbprint of the key that a verified token is bound to.</summary>
    public static string? KeyOf(ClaimsPrincipal token)
    {
        try
        {
            return token.FindFirst(Claim)?.Value is { } value ? (JsonNode.Parse(value) as JsonObject)?[Thumbprint]?.ToString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
