using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Sessions;

namespace McpOidc.Administration;

/// <summary>Whether the identity provider's claims make a user an operator.</summary>
internal static class AdminClaim
{
    public static bool IsOperator(UserRecord user, AdminOptions options) =>
        options is { HasClaim: true, Claim: { } claim, Value: { } value }
        // Another provider could put any claim on its users.
        && string.Equals(user.ProviderName ?? "", options.Provider ?? "", StringComparison.OrdinalIgnoreCase)
        // The validator has rejected invalid paths.
        && ClaimPath
            .Parse(claim)!
            .FindIn(user.Claims)
            .Any(found => found is JsonArray many ? many.Any(one => Is(one, value)) : Is(found, value));

    private static bool Is(JsonNode? node, string value) =>
        node?.GetValueKind() switch
        {
            JsonValueKind.String => node.GetValue<string>() == value,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => node.ToJsonString() == value,
            _ => false,
        };
}
