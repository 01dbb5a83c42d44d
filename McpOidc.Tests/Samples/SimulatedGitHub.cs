using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Samples;

/// <summary>
/// GitHub's OAuth endpoints and two of its API
/// (https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps,
/// …/troubleshooting-oauth-app-access-token-request-errors,
/// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens): no id_token, a
/// form unless JSON is asked for, errors with status 200, 403 without a User-Agent.
/// </summary>
public sealed class SimulatedGitHub : IAsyncDisposable
{
    public const string ClientId = "Iv1.simulated";
    public const string ClientSecret = "simulated-secret";

    private readonly ConcurrentDictionary<string, IQueryCollection> _codes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _accessTokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _refreshTokens = new(StringComparer.Ordinal);
    private WebApplication? _app;

    public string Origin { get; private set; } = "";

    /// <summary>Whether this is a GitHub App whose tokens expire.</summary>
    public bool TokensExpire { get; set; }

    /// <summary>What a person may change.</summary>
    public string Login { get; set; } = "octocat";

    /// <summary>The status of every answer of the token endpoint, where GitHub is in trouble.</summary>
    public int? TokenStatus { get; set; }

    /// <summary>The code is given out, but not known afterwards: it has expired.</summary>
    public bool ForgetsCodes { get; set; }

    public bool HasEndedThePerson { get; set; }

    /// <summary>The scopes of the last authorization request.</summary>
    public string AskedScopes { get; private set; } = "";

    public async Task StartAsync()
    {
        var port = Loopback.FreePort();
        Origin = $"http://localhost:{port}";
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddRouting();
        _app = builder.Build();
        _app.UseRouting();
        _app.MapGet("/login/oauth/authorize", Authorize);
        _app.MapPost("/login/oauth/access_token", TokenAsync);
        _app.MapGet(
            "/user",
            (HttpRequest request) =>
                Api(
                    request,
                    scope: null,
                    new JsonObject
                    {
                        ["login"] = Login,
                        ["id"] = 583231,
                        ["name"] = "Mona Lisa",
                        ["email"] = "shown@example.com",
                        ["avatar_url"] = Origin + "/avatar",
                    }
                )
        );
        _app.MapGet(
            "/user/emails",
            (HttpRequest request) =>
                Api(
                    request,
                    "user:email",
                    new JsonArray(
                        new JsonObject
                        {
                            ["email"] = "old@example.com",
                            ["primary"] = false,
                            ["verified"] = true,
                        },
                        new JsonObject
                        {
                            ["email"] = "mona@example.com",
                            ["primary"] = true,
                            ["verified"] = true,
                        }
                    )
                )
        );
        await _app.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync() => await (_app?.DisposeAsync() ?? ValueTask.CompletedTask);

    private IResult Authorize(HttpRequest request)
    {
        if (request.Query["client_id"] != ClientId)
        {
            return Results.NotFound();
        }

        AskedScopes = request.Query["scope"].ToString();
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = request.Query;
        var answer = HasEndedThePerson
            ? new Dictionary<string, string?>
            {
                ["error"] = "access_denied",
                ["error_description"] = "The user has denied your application access.",
                ["state"] = request.Query["state"],
            }
            : new Dictionary<string, string?> { ["code"] = code, ["state"] = request.Query["state"] };
        return Results.Redirect(QueryHelpers.AddQueryString(request.Query["redirect_uri"].ToString(), answer));
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        if (TokenStatus is { } status)
        {
            return Results.Text("<html>Unicorn!</html>", "text/html", statusCode: status);
        }

        var form = await request.ReadFormAsync();
        var answer = Answer(form);
        return request.Headers.Accept.ToString().Contains("application/json", StringComparison.Ordinal)
            ? Results.Text(answer.ToJsonString(), "application/json")
            : Results.Text(
                string.Join('&', answer.Select(member => $"{member.Key}={Uri.EscapeDataString(member.Value!.ToString())}")),
                "application/x-www-form-urlencoded"
            );
    }

    private JsonObject Answer(IFormCollection form)
    {
        if (form["client_id"] != ClientId || form["client_secret"] != ClientSecret)
        {
            return Error("incorrect_client_credentials");
        }

        if (form["grant_type"] == "refresh_token")
        {
            return !HasEndedThePerson && _refreshTokens.TryRemove(form["refresh_token"].ToString(), out var scope)
                ? Tokens(scope)
                : Error("bad_refresh_token");
        }

        return
            !ForgetsCodes
            && _codes.TryRemove(form["code"].ToString(), out var asked)
            && asked["redirect_uri"] == form["redirect_uri"]
            && Challenge(form["code_verifier"].ToString()) == asked["code_challenge"]
            ? Tokens(asked["scope"].ToString())
            : Error("bad_verification_code");
    }

    private static string Challenge(string verifier) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    private static JsonObject Error(string error) =>
        new()
        {
            ["error"] = error,
            ["error_description"] = "What went wrong.",
            ["error_uri"] = "https://docs.github.com/",
        };

    private JsonObject Tokens(string scope)
    {
        var accessToken = "ghu_" + Guid.NewGuid().ToString("N");
        _accessTokens[accessToken] = scope;
        var answer = new JsonObject
        {
            ["access_token"] = accessToken,
            ["scope"] = scope.Replace(' ', ','),
            ["token_type"] = "bearer",
        };
        if (TokensExpire)
        {
            var refreshToken = "ghr_" + Guid.NewGuid().ToString("N");
            _refreshTokens[refreshToken] = scope;
            (answer["expires_in"], answer["refresh_token"], answer["refresh_token_expires_in"]) = (28800, refreshToken, 15811200);
        }

        return answer;
    }

    private IResult Api(HttpRequest request, string? scope, JsonNode body)
    {
        if (request.Headers.UserAgent.Count == 0)
        {
            return Results.StatusCode(403);
        }

        if (
            !_accessTokens.TryGetValue(
                request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal),
                out var held
            )
        )
        {
            return Results.Text("""{"message":"Bad credentials"}""", "application/json", statusCode: 401);
        }

        return scope is null || held.Split(' ').Contains(scope)
            ? Results.Text(body.ToJsonString(), "application/json")
            : Results.NotFound();
    }
}
