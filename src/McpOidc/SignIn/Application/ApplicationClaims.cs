using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn.Application;

/// <summary>Converts the application's claims to those of an id_token (OpenID Connect Core §5.1).</summary>
internal sealed class ApplicationClaims(IOptions<ApplicationSignInOptions> options)
{
    private const string Roles = "roles";
    private const string Name = "name";

    /// <summary>Claims of the sign-in. A lookup of the user does not return them.</summary>
    private static readonly string[] s_ofSignIn = ["sid", "auth_time", "amr", "acr"];

    private static readonly Dictionary<string, string> s_names = new(StringComparer.Ordinal)
    {
        [ClaimTypes.NameIdentifier] = "sub",
        [ClaimTypes.Name] = Name,
        [ClaimTypes.GivenName] = "given_name",
        [ClaimTypes.Surname] = "family_name",
        [ClaimTypes.Email] = "email",
        [ClaimTypes.MobilePhone] = "phone_number",
        [ClaimTypes.DateOfBirth] = "birthdate",
        [ClaimTypes.Gender] = "gender",
        [ClaimTypes.Webpage] = "website",
        [ClaimTypes.Role] = Roles,
        ["role"] = Roles,
    };

    private readonly Dictionary<string, string> _renamed = options.Value.Claims.ToDictionary(claim => claim.Value, claim => claim.Key);

    /// <summary>The subject of a principal, or <see langword="null"/>.</summary>
    public string? SubjectOf(ClaimsPrincipal principal) =>
        (
            options.Value.SubjectClaim is { Length: > 0 } type
                ? principal.FindFirst(type)
                : principal.FindFirst("sub") ?? principal.FindFirst(ClaimTypes.NameIdentifier)
        )
            is { Value: { Length: > 0 } subject }
            ? subject
            : null;

    /// <summary>The stamp in the cookie.</summary>
    public string? StampOf(ClaimsPrincipal principal) =>
        options.Value.StampClaim is { Length: > 0 } type ? principal.FindFirst(type)?.Value : null;

    public JsonObject Read(string subject, IEnumerable<Claim> claims)
    {
        var read = new JsonObject();
        foreach (var named in claims.Where(claim => claim.Type != options.Value.StampClaim).GroupBy(NameOf, StringComparer.Ordinal))
        {
            var values = Preferred(named).Select(ValueOf).DistinctBy(value => value.ToJsonString(), StringComparer.Ordinal).ToArray();
            read[named.Key] = values is [var only] && named.Key != Roles ? only : new JsonArray(values);
        }

        read["sub"] = subject;
        return read;
    }

    /// <summary>The current claims of the user, with the claims of the sign-in.</summary>
    public JsonObject Renew(string subject, IEnumerable<Claim>? now, JsonObject known)
    {
        if (now is null)
        {
            return known;
        }

        var claims = Read(subject, now);
        foreach (var name in s_ofSignIn)
        {
            claims.Remove(name);
            if (known[name] is { } value)
            {
                claims[name] = value.DeepClone();
            }
        }

        return claims;
    }

    // An application with a claim "name" may have the user name in ClaimTypes.Name, as ASP.NET Core Identity does. Not so with addresses:
    // email_verified may be about either.
    private IEnumerable<Claim> Preferred(IGrouping<string, Claim> named) =>
        named.Key == Name && named.Where(claim => claim.Type == Name || _renamed.ContainsKey(claim.Type)).ToList() is { Count: > 0 } meant
            ? meant
            : named;

    private string NameOf(Claim claim) =>
        _renamed.GetValueOrDefault(claim.Type)
        ?? s_names.GetValueOrDefault(claim.Type)
        ?? (
            claim.Type == claim.Subject?.RoleClaimType ? Roles
            : claim.Type == claim.Subject?.NameClaimType ? Name
            : claim.Type
        );

    private static JsonNode ValueOf(Claim claim) =>
        claim.ValueType switch
        {
            ClaimValueTypes.Boolean when bool.TryParse(claim.Value, out var value) => value,
            ClaimValueTypes.Integer
            or ClaimValueTypes.Integer32
            or ClaimValueTypes.Integer64
                when long.TryParse(claim.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) => value,
            "JSON" or "JSON_ARRAY" when Parse(claim.Value) is { } value => value,
            _ when claim.Type.EndsWith("_verified", StringComparison.Ordinal) && bool.TryParse(claim.Value, out var value) => value,
            _ => claim.Value,
        };

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            // Invalid JSON stays a string.
            return null;
        }
    }
}
