using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.Sessions;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>One person: what the identity provider said of them last, and what is signed in for them.</summary>
internal sealed class PersonPage(UserSessions users, NewestGrants grants)
{
    /// <summary>With these a page of any person is less than 15 kB.</summary>
    private const int Rows = 8;

    private const int MaximumClaims = 30;
    private const int MaximumValues = 10;

    /// <summary>What the id_token says of itself rather than of the person.</summary>
    private static readonly string[] s_ofTheToken =
    [
        "iss",
        "aud",
        "azp",
        "sub",
        "exp",
        "iat",
        "nbf",
        "jti",
        "nonce",
        "at_hash",
        "c_hash",
        "s_hash",
    ];

    public async Task<IResult> RenderAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        var subject = http.Request.Query[AdminPage.UserParameter].ToString();
        if (subject.Length == 0)
        {
            return new SeeOther(EndpointPaths.Admin, IsPath: true);
        }

        var page = await grants.ListAsync(subject, client: null, search: null, AdminPage.Skipped(http), Rows, cancellationToken);
        var user = await users.RecallAsync(subject, cancellationToken);
        var name = user is null ? DisplayText.Clean(subject) : PersonName.Of(user);
        return AdminPage.Of(
            "Person",
            EndpointPaths.AdminGrants,
            Html.Of(
                $"""
                <h1><bdi>{name}</bdi></h1>
                {(user is null ? AdminPage.Empty("There is no record of this person.") : Describe(user))}<h2>Sign-ins</h2>
                {GrantsPage.List(http, page)}{AdminPage.More(http, EndpointPaths.AdminPerson, page.Next)}<p>{AdminPage.Ask(
                    http,
                    "Sign this person out…",
                    ConfirmPage.User,
                    subject
                )}</p>
                """
            )
        );
    }

    private static Html Describe(UserRecord user)
    {
        var claims = user.Claims.Where(claim => !s_ofTheToken.Contains(claim.Key)).ToList();
        return Html.Of(
            $"""
            {AdminPage.Facts(
                ("Subject here", AdminPage.Code(user.Subject)),
                ("Identity provider", AdminPage.Code(user.Provider)),
                ("Subject there", AdminPage.Code(DisplayText.Clean(user.IdentityProviderSubject))),
                ("Signed in", AdminPage.Time(user.SignedInAt)),
                ("Claims read", AdminPage.Time(user.ClaimsReadAt ?? user.SignedInAt))
            )}<h2>What the identity provider said</h2>
            {AdminPage.Facts(
                claims
                    .Take(MaximumClaims)
                    .Select(claim => (DisplayText.Clean(claim.Key), (Html)Value(claim.Value)))
                    .Concat(claims.Count > MaximumClaims ? [("…", (Html)$"{claims.Count - MaximumClaims} more claims")] : [])
            )}
            """
        );
    }

    private static string Value(JsonNode? value)
    {
        if (value is not JsonArray values)
        {
            return DisplayText.Clean(value is JsonValue or null ? value?.ToString() : value.ToJsonString());
        }

        var shown = string.Join(", ", values.Take(MaximumValues).Select(Value));
        return values.Count > MaximumValues ? $"{shown} and {values.Count - MaximumValues} more" : shown;
    }
}
