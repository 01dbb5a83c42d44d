using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenIddict.Abstractions;

namespace McpOidc.Sessions;

/// <summary>The claims of a user for each scope (OpenID Connect Core §5.4): the npm package's selection and a few more.</summary>
internal static class UserClaims
{
    public static readonly IReadOnlyList<string> Profile =
    [
        "name",
        "given_name",
        "family_name",
        "nickname",
        "preferred_username",
        "picture",
        "locale",
        "updated_at",
    ];
    public static readonly IReadOnlyList<string> Email = ["email", "email_verified"];

    /// <summary>Adds the claims for the scopes.</summary>
    public static void Attach(ClaimsIdentity identity, UserRecord user, IEnumerable<string> scopes)
    {
        foreach (var (name, value) in ForScopes(user, scopes))
        {
            identity.SetClaim(name, value);
        }
    }

    /// <summary>Adds the claims in an authorization code.</summary>
    public static void Attach(ClaimsIdentity identity, ClaimsPrincipal code) =>
        identity.AddClaims(
            code.Claims.Where(claim => Profile.Contains(claim.Type) || Email.Contains(claim.Type))
                .Select(claim => new Claim(claim.Type, claim.Value, claim.ValueType))
        );

    public static IEnumerable<(string Name, JsonElement Value)> ForScopes(UserRecord user, IEnumerable<string> scopes)
    {
        var names = scopes.SelectMany(scope =>
            scope switch
            {
                "profile" => Profile,
                "email" => Email,
                _ => [],
            }
        );
        foreach (var name in names)
        {
            // The standard claims are simple values; other types from a provider are ignored.
            if (user.Claims.TryGetPropertyValue(name, out var value) && value is JsonValue)
            {
                yield return (name, value.Deserialize<JsonElement>(ClaimJson.Default.JsonElement));
            }
        }
    }
}
