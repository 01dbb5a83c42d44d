using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Sessions;

namespace McpOidc.Administration;

/// <summary>Whether the identity provider's claims make a user an operator.</summary>
internal static class AdminClaim
{
    public static bool IsOperator(UserRecord user, AdminOptions options) =>
        options is { HasClaim: true, Claim: { } claim, Value: { } value }
        // Another provider could put any claim on its users.
        && string.Equals(user.ProviderName ?? "", options.Provider ?? "", StringComparison.OrdinalIgnoreCase)
        && Find(user.Claims, claim) is { } found
        && (found is JsonArray many ? many.Any(one => Is(one, value)) : Is(found, value));

    // The complete name first: namespaced claims are URLs, which contain dots.
    private static JsonNode? Find(JsonObject claims, string path) =>
        claims[path] ?? path.Split('.').Aggregate((JsonNode?)claims, (node, name) => (node as JsonObject)?[name]);

    private static bool Is(JsonNode? node, string value) =>
        node?.GetValueKind() switch
        {
            JsonValueKind.String => node.GetValue<string>() == value,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => node.ToJsonString() == value,
            _ => false,
        };
}
