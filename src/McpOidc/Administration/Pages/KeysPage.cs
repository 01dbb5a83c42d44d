using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Pages;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>The signing keys.</summary>
internal sealed class KeysPage(SigningKeyAdministration keys)
{
    private static readonly string[] s_heads = ["Key", "Algorithm", "Made", "Signs from", "Action"];

    public async Task<IResult> RenderAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        var known = keys.AreConfigured ? null : await keys.ListAsync(cancellationToken);
        return AdminPage.Of(
            "Keys",
            EndpointPaths.AdminKeys,
            Html.Of(
                $"""
                <h1>Signing keys</h1>
                {(
                    known is null
                        ? AdminPage.Empty("McpOidc:Keys:Jwks holds the signing keys. Change them in that setting.")
                        : List(http, known)
                )}
                """
            )
        );
    }

    private static Html List(HttpContext http, IReadOnlyList<SigningKeyInfo> known) =>
        Html.Of(
            $"""
            {AdminPage.Table("Signing keys", s_heads, known.Select(key => Row(http, key)))}<p>{AdminPage.Ask(
                http,
                "Publish the next key…",
                ConfirmPage.Rotate
            )}</p>
            """
        );

    private static Html[] Row(HttpContext http, SigningKeyInfo key) =>
        [
            AdminPage.Code(key.KeyId),
            Html.Of(
                $"{key.Algorithm}{(key.IsActive ? Html.Of($" <span class=\"badge good\">signs</span>") : Html.Empty)}{(
                    key.IsForIdentityTokens ? Html.Of($" <span class=\"badge\">id_tokens</span>") : Html.Empty
                )}"
            ),
            AdminPage.Time(key.CreatedAt),
            AdminPage.Time(key.SignsFrom),
            AdminPage.Ask(http, "Drop…", ConfirmPage.Drop, key.KeyId, AdminPage.Hidden(key.KeyId)),
        ];
}
