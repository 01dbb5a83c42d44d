using McpOidc.Pages;

namespace McpOidc.Sessions;

/// <summary>What a person is called on a page: as the identity provider says, in the first form there is.</summary>
internal static class PersonName
{
    private static readonly string[] s_forms = ["email", "preferred_username", "name"];

    public static string Of(UserRecord user) =>
        s_forms
            .Select(form => DisplayText.Clean(user.Claims[form]?.ToString()))
            .Append(DisplayText.Clean(user.IdentityProviderSubject))
            .FirstOrDefault(name => name.Length > 0, user.Subject);
}
