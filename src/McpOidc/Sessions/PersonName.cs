using McpOidc.Pages;

namespace McpOidc.Sessions;

/// <summary>What a person is called on a page: as the identity provider says, in the first form there is.</summary>
internal static class PersonName
{
    public static string Of(UserRecord user) =>
        DisplayText.Clean(
            (user.Claims["email"] ?? user.Claims["preferred_username"] ?? user.Claims["name"])?.ToString() ?? user.IdentityProviderSubject
        );
}
