using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// GitHub (https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps,
/// …/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors,
/// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens,
/// https://docs.github.com/en/rest/users/emails): a form unless JSON is asked for, errors with status 200, 403 without a User-Agent,
/// commas between scopes, tokens that never expire except those of a GitHub App. The API is where GitHub Enterprise Server has it.
/// </summary>
public sealed class SimulatedGitHub : SimulatedOAuthProvider
{
    /// <summary>What a user may change.</summary>
    public string Login { get; set; } = "octocat";

    public JsonArray Emails { get; set; } =
    [Address("old@example.com", isPrimary: false, isVerified: true), Address("mona@example.com", isPrimary: true, isVerified: true)];

    protected override string AuthorizePath => "/login/oauth/authorize";

    protected override string TokenPath => "/login/oauth/access_token";

    protected override string UserPath => "/api/v3/user";

    public static JsonObject Address(string email, bool isPrimary, bool isVerified) =>
        new()
        {
            ["email"] = email,
            ["primary"] = isPrimary,
            ["verified"] = isVerified,
            ["visibility"] = "private",
        };

    protected override void MapMore(WebApplication app) =>
        app.MapGet("/api/v3/user/emails", (HttpRequest request) => Api(request, "user:email", Emails));

    protected override JsonNode Person() =>
        new JsonObject
        {
            ["login"] = Login,
            ["id"] = 583231,
            ["name"] = null,
            ["email"] = "shown@example.com",
            ["avatar_url"] = Origin + "/avatar",
            ["company"] = "@github",
        };

    protected override IResult Tokens(string scope, string accessToken, string? refreshToken, bool isRefresh)
    {
        var answer = new JsonObject
        {
            ["access_token"] = accessToken,
            ["scope"] = scope.Replace(' ', ','),
            ["token_type"] = "bearer",
        };
        if (refreshToken is not null)
        {
            (answer["expires_in"], answer["refresh_token"], answer["refresh_token_expires_in"]) = (28800, refreshToken, 15811200);
        }

        return Json(answer);
    }

    protected override IResult Refuse(Refusal refusal, HttpRequest request)
    {
        var error = refusal switch
        {
            Refusal.Client => "incorrect_client_credentials",
            Refusal.RefreshToken => "bad_refresh_token",
            _ => "bad_verification_code",
        };
        return request.Headers.Accept.ToString().Contains("application/json", StringComparison.Ordinal)
            ? Json(
                new JsonObject
                {
                    ["error"] = error,
                    ["error_description"] = "What went wrong.",
                    ["error_uri"] = "https://docs.github.com/",
                }
            )
            : Results.Text($"error={error}&error_description=What+went+wrong.", "application/x-www-form-urlencoded");
    }

    protected override IResult RefuseToken() => Json(new JsonObject { ["message"] = "Bad credentials", ["status"] = "401" }, 401);
}
