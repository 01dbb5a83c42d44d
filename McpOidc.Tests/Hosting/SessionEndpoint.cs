using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Federation;
using McpOidc.Protection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Hosting;

/// <summary>Protected endpoints that show a test what a tool would see.</summary>
public static class SessionEndpoint
{
    /// <summary>Maps <c>/session</c>, and <c>/idp-token</c>: 200 with the token, 404 if there is none, 503 if it is temporarily
    /// unavailable.</summary>
    public static void Map(WebApplication app)
    {
        app.MapGet(
                "/session",
                async (HttpContext http, IUserAccessor sessions) =>
                {
                    var session = await sessions.GetAsync(http.User, http.RequestAborted);
                    return session is null
                        ? Results.NotFound()
                        : Results.Text(
                            new JsonObject
                            {
                                ["claims"] = session.Claims.DeepClone(),
                                ["customData"] = session.CustomData?.DeepClone(),
                                ["upstreamSubject"] = session.IdentityProviderSubject,
                                ["provider"] = session.Provider,
                            }.ToJsonString(),
                            "application/json"
                        );
                }
            )
            .RequireMcpOidc();
        app.MapGet(
                "/idp-token",
                async (HttpContext http, IIdentityProviderTokens tokens) =>
                {
                    try
                    {
                        return await tokens.GetAsync(http.User, http.RequestAborted) is not { } held
                            ? Results.NotFound()
                            : Results.Text(
                                new JsonObject
                                {
                                    ["access_token"] = held.AccessToken,
                                    ["refresh_token"] = held.RefreshToken,
                                    ["id_token"] = held.IdToken,
                                }.ToJsonString(),
                                "application/json"
                            );
                    }
                    catch (IdentityProviderException)
                    {
                        return Results.StatusCode(503);
                    }
                }
            )
            .RequireMcpOidc();
    }

    public static async Task<JsonObject> ReadAsync(SignedInSystem signedIn)
    {
        using var response = await signedIn.Client.CallAsync(
            signedIn.System.McpOrigin + "/session",
            signedIn.Tokens.AccessToken,
            HttpMethod.Get
        );
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>The status, and the access token if there is one.</summary>
    public static async Task<(int Status, JsonObject? Token)> TokenAsync(SignedInSystem signedIn, string? accessToken = null)
    {
        using var response = await signedIn.Client.CallAsync(
            signedIn.System.McpOrigin + "/idp-token",
            accessToken ?? signedIn.Tokens.AccessToken,
            HttpMethod.Get
        );
        return ((int)response.StatusCode, response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonObject>() : null);
    }
}
