using System.Security.Claims;
using System.Text.Json;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.DevIdp;

/// <summary>The claims of a user.</summary>
internal static class UserClaims
{
    public static IEnumerable<(string Name, JsonElement Value)> Of(DevIdpUser user, IEnumerable<string> scopes)
    {
        yield return ("sub", Json(user.UserName));
        var granted = scopes.ToHashSet(StringComparer.Ordinal);
        if (granted.Contains("profile"))
        {
            var names = user.Name.Split(' ', 2);
            yield return ("name", Json(user.Name));
            yield return ("given_name", Json(names[0]));
            yield return ("family_name", Json(names[^1]));
            yield return ("preferred_username", Json(user.UserName));
            yield return ("picture", Json($"https://example.com/{user.UserName}.png"));
        }

        if (granted.Contains("email"))
        {
            yield return ("email", Json(user.Email));
            yield return ("email_verified", Json(true));
        }

        if (user.OrganizationId is { } organization)
        {
            yield return ("org_id", Json(organization));
        }

        if (user.Groups.Count > 0)
        {
            yield return ("groups", Json(user.Groups));
        }
    }

    /// <summary>Replaces a user's claims with the current ones.</summary>
    public static void Put(ClaimsIdentity identity, DevIdpUser user, IEnumerable<string> scopes)
    {
        identity.RemoveClaims("groups");
        foreach (var (name, value) in Of(user, scopes))
        {
            _ = value.ValueKind == JsonValueKind.Array ? identity.SetClaims(name, value) : identity.SetClaim(name, value);
        }

        identity.SetDestinations(claim =>
            claim.Type.StartsWith("devidp_", StringComparison.Ordinal) ? []
            : claim.Type == Claims.Subject ? [Destinations.AccessToken, Destinations.IdentityToken]
            : [Destinations.IdentityToken]
        );
    }

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value);
}
