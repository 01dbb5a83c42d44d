using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Doctor;

/// <summary>An identity provider that is correct until a test changes one thing.</summary>
internal sealed class StandInProvider : IAsyncDisposable
{
    public const string Registered = "https://auth.example.com/oauth/callback";
    private readonly StandIn _site;
    private readonly JsonObject _key = PublicKey();

    private StandInProvider(StandIn site)
    {
        _site = site;
        site.Answers["GET /.well-known/openid-configuration"] = _ => Results.Text(Mark + Discovery().ToJsonString(), "application/json");
        site.Json("/keys", () => Keys);
        site.Answers["GET /userinfo"] = _ => Results.StatusCode(UserInfo);
        site.Answers["POST /par"] = TakePushed;
        site.Answers["GET /authorize"] = context => Authorize(context);
        site.Answers["POST /token"] = context => Token(context);
    }

    public string Issuer => _site.Origin;

    /// <summary>Precedes the discovery document.</summary>
    public string Mark { get; set; } = "";

    /// <summary>Changes the discovery document.</summary>
    public Action<JsonObject>? Change { get; set; }

    /// <summary>Runs before its responses.</summary>
    public Func<HttpContext, Task<bool>> Before
    {
        set => _site.Before = value;
    }

    /// <summary>The userinfo endpoint's status for a request without a token.</summary>
    public int UserInfo { get; set; } = 401;

    /// <summary>Whether the redirect URI of a pushed request is validated.</summary>
    public bool IsPushedJudged { get; set; } = true;

    public JsonObject Keys { get; set; } = [];

    public Func<HttpContext, IResult> Authorize { get; set; } = ComeBack;

    /// <summary>Validates the client first, and then the code, which no client has.</summary>
    public Func<HttpContext, IResult> Token { get; set; } =
        context =>
            context.Request.Form["client_secret"] == "dev-secret"
                ? StandIn.Document(new JsonObject { ["error"] = "invalid_grant" }, 400)
                : StandIn.Document(new JsonObject { ["error"] = "invalid_client" }, 401);

    public static async Task<StandInProvider> StartAsync()
    {
        var provider = new StandInProvider(await StandIn.StartAsync());
        provider.Keys = new JsonObject { ["keys"] = new JsonArray(provider._key) };
        return provider;
    }

    /// <summary>The settings of a server that uses it.</summary>
    public Dictionary<string, string?> Settings(Dictionary<string, string?> settings) =>
        new(settings) { ["McpOidc:IdentityProvider:Issuer"] = Issuer, ["McpOidc:IdentityProvider:RedirectUri"] = Registered };

    /// <summary>The response that RFC 6749 §4.1.2.1 requires.</summary>
    public static IResult ComeBack(HttpContext context) =>
        IsRegistered(context)
            ? Results.Redirect(
                QueryHelpers.AddQueryString(
                    Registered,
                    new Dictionary<string, string?> { ["error"] = "login_required", ["state"] = context.Request.Query["state"] }
                )
            )
            : StandIn.Page("No.", 400);

    public static bool IsRegistered(HttpContext context) => context.Request.Query["redirect_uri"] == Registered;

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    private JsonObject Discovery()
    {
        var document = new JsonObject
        {
            ["issuer"] = Issuer,
            ["authorization_endpoint"] = Issuer + "/authorize",
            ["token_endpoint"] = Issuer + "/token",
            ["jwks_uri"] = Issuer + "/keys",
            ["response_types_supported"] = new JsonArray("code"),
            ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_post"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
            ["code_challenge_methods_supported"] = new JsonArray("S256"),
            ["scopes_supported"] = new JsonArray("openid", "email", "profile", "offline_access"),
        };
        Change?.Invoke(document);
        return document;
    }

    private IResult TakePushed(HttpContext context) =>
        context.Request.Form["client_secret"] != "dev-secret" && context.Request.Headers.Authorization.Count == 0
            ? StandIn.Document(new JsonObject { ["error"] = "invalid_client" }, 401)
        : IsPushedJudged && context.Request.Form["redirect_uri"] != Registered
            ? StandIn.Document(
                new JsonObject { ["error"] = "invalid_request", ["error_description"] = "Invalid parameter: redirect_uri" },
                400
            )
        : StandIn.Document(new JsonObject { ["request_uri"] = "urn:example:1", ["expires_in"] = 60 }, 201);

    private static JsonObject PublicKey()
    {
        using var key = RSA.Create(2048);
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = "key",
            ["n"] = Base64UrlEncoder.Encode(parameters.Modulus),
            ["e"] = Base64UrlEncoder.Encode(parameters.Exponent),
        };
    }
}
