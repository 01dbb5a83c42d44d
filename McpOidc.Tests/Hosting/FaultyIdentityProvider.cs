using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Hosting;

/// <summary>A tiny OpenID provider that signs every user in without prompting, and misbehaves in any way a test needs.</summary>
public sealed class FaultyIdentityProvider : IAsyncDisposable
{
    public const string ClientId = "mcpoidc";
    public const string ClientSecret = "faulty-secret";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, string?> _nonces = new(StringComparer.Ordinal);
    private RSA _key = RSA.Create(2048);
    private string _keyId = "key-1";

    private FaultyIdentityProvider(WebApplication app, string issuer) => (_app, Issuer) = (app, issuer);

    public string Issuer { get; }

    public IdentityProviderSettings Settings => new(Issuer, ClientId, ClientSecret, "openid email");

    /// <summary>Whether its metadata is unavailable.</summary>
    public bool IsAway { get; set; }

    /// <summary>Changes the id_token before it is signed.</summary>
    public Action<JsonObject>? Claims { get; set; }

    /// <summary>Builds the id_token from its header and payload, in place of a genuine signature.</summary>
    public Func<JsonObject, JsonObject, string>? Forge { get; set; }

    /// <summary>Changes the response of the token endpoint.</summary>
    public Action<JsonObject>? TokenAnswer { get; set; }

    /// <summary>Whether the token endpoint answers form-encoded instead of JSON.</summary>
    public bool FormAnswer { get; set; }

    /// <summary>Changes the response of the userinfo endpoint.</summary>
    public Action<JsonObject>? UserInfo { get; set; }

    /// <summary>Changes the discovery document.</summary>
    public Action<JsonObject>? Document { get; set; }

    /// <summary>Changes the key set.</summary>
    public Action<JsonObject>? KeySet { get; set; }

    /// <summary>Answers instead of the provider; <see langword="false"/> lets the provider handle the request.</summary>
    public Func<HttpContext, Task<bool>>? Script { get; set; }

    /// <summary>The clock used to issue tokens.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Changes the parameters of the redirect back to the client.</summary>
    public Action<Dictionary<string, string?>>? Callback { get; set; }

    /// <summary>The query of the last authorization request.</summary>
    public string LastAuthorizeQuery { get; private set; } = "";

    public int TokenRequests { get; private set; }

    public int UserInfoRequests { get; private set; }

    /// <summary>The last refresh token presented.</summary>
    public string LastRefreshToken { get; private set; } = "";

    public RSA Key => _key;

    public static async Task<FaultyIdentityProvider> StartAsync()
    {
        var port = Loopback.FreePort();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddRouting();
        var app = builder.Build();
        var provider = new FaultyIdentityProvider(app, $"http://localhost:{port}");
        app.Use(
            async (http, next) =>
            {
                provider.Count(http.Request);
                if (provider.Script is not { } script || !await script(http))
                {
                    await next(http);
                }
            }
        );
        app.UseRouting();
        app.MapGet("/.well-known/openid-configuration", () => provider.IsAway ? Results.StatusCode(503) : Json(provider.Discovery()));
        app.MapGet("/jwks", () => Json(provider.Jwks()));
        app.MapGet("/authorize", provider.Authorize);
        app.MapPost("/token", provider.TokenAsync);
        app.MapGet("/userinfo", provider.TellUser);
        await app.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return provider;
    }

    /// <summary>A logout token for this client, valid unless changed.</summary>
    public string CreateLogoutToken(Action<JsonObject>? change = null, Action<JsonObject>? changeHeader = null)
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var payload = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = "user-1",
            ["aud"] = ClientId,
            ["iat"] = now,
            ["exp"] = now + 120,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["events"] = new JsonObject { ["http://schemas.openid.net/event/backchannel-logout"] = new JsonObject() },
        };
        change?.Invoke(payload);
        var header = new JsonObject
        {
            ["alg"] = "RS256",
            ["typ"] = "logout+jwt",
            ["kid"] = _keyId,
        };
        changeHeader?.Invoke(header);
        return Sign(header, payload, _key);
    }

    /// <summary>Signs with a new key from now on.</summary>
    public void RotateKey()
    {
        _key.Dispose();
        (_key, _keyId) = (RSA.Create(2048), "key-2");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private void Count(HttpRequest request)
    {
        TokenRequests += request.Path == "/token" ? 1 : 0;
        UserInfoRequests += request.Path == "/userinfo" ? 1 : 0;
    }

    private JsonObject Discovery()
    {
        var document = new JsonObject
        {
            ["issuer"] = Issuer,
            ["authorization_endpoint"] = Issuer + "/authorize",
            ["token_endpoint"] = Issuer + "/token",
            ["userinfo_endpoint"] = Issuer + "/userinfo",
            ["jwks_uri"] = Issuer + "/jwks",
            ["response_types_supported"] = new JsonArray("code"),
            ["subject_types_supported"] = new JsonArray("public"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        };
        Document?.Invoke(document);
        return document;
    }

    private JsonObject Jwks()
    {
        var key = _key.ExportParameters(includePrivateParameters: false);
        var set = new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject
                {
                    ["kty"] = "RSA",
                    ["use"] = "sig",
                    ["alg"] = "RS256",
                    ["kid"] = _keyId,
                    ["n"] = Base64UrlEncoder.Encode(key.Modulus),
                    ["e"] = Base64UrlEncoder.Encode(key.Exponent),
                }
            ),
        };
        KeySet?.Invoke(set);
        return set;
    }

    private IResult Authorize(HttpRequest request)
    {
        LastAuthorizeQuery = request.QueryString.Value ?? "";
        var code = Guid.NewGuid().ToString("N");
        _nonces[code] = request.Query["nonce"];
        var parameters = new Dictionary<string, string?> { ["code"] = code, ["state"] = request.Query["state"] };
        Callback?.Invoke(parameters);
        if (request.Query["response_mode"] == "form_post")
        {
            var fields = parameters.Select(parameter => $"<input type=\"hidden\" name=\"{parameter.Key}\" value=\"{parameter.Value}\">");
            return Results.Text(
                $"<form method=\"post\" action=\"{request.Query["redirect_uri"]}\">{string.Concat(fields)}</form>",
                "text/html"
            );
        }

        return Results.Redirect(
            QueryHelpers.AddQueryString(
                request.Query["redirect_uri"].ToString(),
                parameters.Where(parameter => parameter.Value is not null)
            )
        );
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        LastRefreshToken = form["refresh_token"].ToString();
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var payload = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = "user-1",
            ["aud"] = ClientId,
            ["iat"] = now,
            ["exp"] = now + 3600,
            ["nonce"] = _nonces.GetValueOrDefault(form["code"].ToString()),
            ["email"] = "carol@example.com",
        };
        Claims?.Invoke(payload);
        var header = new JsonObject
        {
            ["alg"] = "RS256",
            ["typ"] = "JWT",
            ["kid"] = _keyId,
        };
        var answer = new JsonObject
        {
            ["access_token"] = "upstream-access-token",
            ["token_type"] = "Bearer",
            ["expires_in"] = 120,
            ["refresh_token"] = "upstream-refresh-token",
            ["id_token"] = Forge?.Invoke(header, payload) ?? Sign(header, payload, _key),
        };
        TokenAnswer?.Invoke(answer);
        return FormAnswer
            ? Results.Text(
                QueryHelpers.AddQueryString("", answer.ToDictionary(member => member.Key, member => member.Value?.ToString()))[1..],
                "application/x-www-form-urlencoded"
            )
            : Json(answer);
    }

    private IResult TellUser()
    {
        var answer = new JsonObject
        {
            ["sub"] = "user-1",
            ["email"] = "other@example.com",
            ["department"] = "physics",
        };
        UserInfo?.Invoke(answer);
        return Json(answer);
    }

    public static string Sign(JsonObject header, JsonObject payload, RSA key)
    {
        var head = Base64UrlEncoder.Encode(header.ToJsonString()) + "." + Base64UrlEncoder.Encode(payload.ToJsonString());
        return head
            + "."
            + Base64UrlEncoder.Encode(
                key.SignData(System.Text.Encoding.ASCII.GetBytes(head), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            );
    }

    private static IResult Json(JsonObject document) => Results.Text(document.ToJsonString(), "application/json");
}
