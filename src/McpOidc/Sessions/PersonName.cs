using System.Text.Json.Nodes;
using McpOidc.Pages;

namespace McpOidc.Sessions;

/// <summary>A user's display name: the first available form from the identity provider.</summary>
internal static class PersonName
{
    private static readonly string[] s_forms = ["email", "preferred_username", "name"];

    public static string Of(UserRecord user) => Of(user.Claims, user.IdentityProviderSubject);

    public static string Of(JsonObject claims, string providerSubject) =>
        s_forms
            .Select(form => DisplayText.Clean((claims[form] as JsonValue)?.ToString()))
            .FirstOrDefault(name => name.Length > 0, DisplayText.Clean(providerSubject));
}
