using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>
/// Discord (https://discord.com/developers/docs/topics/oauth2, …/resources/user#user-object, …/reference#error-messages): tokens last a
/// week and always come with a single-use refresh token; user ids are numbers in strings; API errors are a message and a number.
/// </summary>
public sealed class SimulatedDiscord : SimulatedOAuthProvider
{
    public bool HasVerifiedAddress { get; set; } = true;

    public override bool TokensExpire { get; set; } = true;

    protected override string AuthorizePath => "/oauth2/authorize";

    protected override string TokenPath => "/api/oauth2/token";

    protected override string UserPath => "/api/users/@me";

    protected override JsonNode Person() =>
        new JsonObject
        {
            ["id"] = "80351110224678912",
            ["username"] = "nelly",
            ["global_name"] = "Nelly",
            ["avatar"] = "8342729096ea3675442027381ff50dfe",
            ["email"] = "nelly@example.com",
            ["verified"] = HasVerifiedAddress,
        };

    protected override IResult Tokens(string scope, string accessToken, string? refreshToken, bool isRefresh) =>
        Json(
            new JsonObject
            {
                ["access_token"] = accessToken,
                ["token_type"] = "Bearer",
                ["expires_in"] = 604800,
                ["refresh_token"] = refreshToken,
                ["scope"] = scope,
            }
        );

    protected override IResult Refuse(Refusal refusal, HttpRequest request) =>
        refusal == Refusal.Client
            ? Json(new JsonObject { ["error"] = "invalid_client" }, 401)
            : Json(new JsonObject { ["error"] = "invalid_grant", ["error_description"] = "Invalid \"code\" in request." }, 400);

    protected override IResult RefuseToken() => Json(new JsonObject { ["message"] = "401: Unauthorized", ["code"] = 0 }, 401);
}
