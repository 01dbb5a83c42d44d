using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// Slack (https://docs.slack.dev/authentication/installing-with-oauth, …/authentication/using-token-rotation,
/// …/reference/methods/oauth.v2.access, …/auth.test, …/users.profile.get): every refusal is 200 with <c>ok: false</c>; user scopes go in
/// <c>user_scope</c>, and user tokens are in <c>authed_user</c>, or at the top level on a refresh; tokens expire if rotation is switched
/// on.
/// </summary>
public sealed class SimulatedSlack : SimulatedOAuthProvider
{
    protected override string AuthorizePath => "/oauth/v2/authorize";

    protected override string TokenPath => "/api/oauth.v2.access";

    protected override string UserPath => "/api/auth.test";

    protected override string ScopeParameter => "user_scope";

    protected override void MapMore(WebApplication app) =>
        app.MapGet(
            "/api/users.profile.get",
            (HttpRequest request) =>
                Api(
                    request,
                    "users.profile:read",
                    new JsonObject
                    {
                        ["ok"] = true,
                        ["profile"] = new JsonObject
                        {
                            ["real_name"] = "Grace Hopper",
                            ["email"] = "grace@example.com",
                            ["image_512"] = "https://avatars.example.com/grace.png",
                        },
                    }
                )
        );

    protected override JsonNode Person() =>
        new JsonObject
        {
            ["ok"] = true,
            ["url"] = "https://example.slack.com/",
            ["team"] = "Example",
            ["user"] = "grace",
            ["team_id"] = "T12345678",
            ["user_id"] = "W12345678",
        };

    protected override IResult Tokens(string scope, string accessToken, string? refreshToken, bool isRefresh)
    {
        var tokens = new JsonObject
        {
            ["access_token"] = accessToken,
            ["token_type"] = "user",
            ["scope"] = scope.Replace(' ', ','),
        };
        if (refreshToken is not null)
        {
            (tokens["expires_in"], tokens["refresh_token"]) = (43200, refreshToken);
        }

        if (isRefresh)
        {
            tokens["ok"] = true;
            return Json(tokens);
        }

        tokens["id"] = "W12345678";
        return Json(
            new JsonObject
            {
                ["ok"] = true,
                ["app_id"] = "A0KRD7HC3",
                // The app's own token, if it has one.
                ["access_token"] = "xoxb-of-the-app",
                ["token_type"] = "bot",
                ["authed_user"] = tokens,
                ["team"] = new JsonObject { ["id"] = "T12345678", ["name"] = "Example" },
            }
        );
    }

    protected override IResult Refuse(Refusal refusal, HttpRequest request) =>
        Refused(
            refusal switch
            {
                Refusal.Client => "bad_client_secret",
                Refusal.RefreshToken => "invalid_refresh_token",
                _ => "invalid_code",
            }
        );

    protected override IResult RefuseToken() => Refused("token_revoked");

    public static IResult Refused(string error) => Json(new JsonObject { ["ok"] = false, ["error"] = error });
}
