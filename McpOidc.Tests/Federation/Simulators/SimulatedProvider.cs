using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>An identity provider that behaves like a known one; the differences are in the derived classes.</summary>
public abstract class SimulatedProvider : IAsyncDisposable
{
    public const string ClientId = "mcpoidc";
    public const string ClientSecret = "simulated-secret";

    private readonly ConcurrentDictionary<string, IQueryCollection> _codes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refreshTokens = new(StringComparer.Ordinal);
    private readonly RSA _key = RSA.Create(2048);
    private WebApplication? _app;

    public string Origin { get; private set; } = "";

    /// <summary>The value of <c>McpOidc:IdentityProvider:Issuer</c>.</summary>
    public abstract string ConfiguredIssuer { get; }

    /// <summary>The issuer in the discovery document.</summary>
    public virtual string PublishedIssuer => ConfiguredIssuer;

    /// <summary>The <c>iss</c> of tokens.</summary>
    public virtual string TokenIssuer => PublishedIssuer;

    public List<IQueryCollection> AuthorizationRequests { get; } = [];

    public List<IFormCollection> TokenRequests { get; } = [];

    /// <summary>The clock used for issuing tokens.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Whether the user was disabled or withdrew consent.</summary>
    public bool HasEndedThePerson { get; set; }

    /// <summary>What the provider says about the user, besides the identity.</summary>
    public JsonObject Said { get; set; } = [];

    /// <summary>Whether a refresh returns no id_token, which is optional (OpenID Connect Core §12.2); userinfo has the claims.</summary>
    public bool OmitsIdTokenAtRefresh { get; set; }

    public int UserInfoRequests { get; private set; }

    /// <summary>The scopes that the provider knows. Others are refused or ignored.</summary>
    protected abstract string[] KnownScopes { get; }

    protected virtual bool RefusesUnknownScopes => true;

    /// <summary>Whether a refresh token is issued for an authorization request.</summary>
    protected abstract bool GivesRefreshToken(IQueryCollection request);

    /// <summary>Whether every use of a refresh token replaces it with a new one.</summary>
    protected abstract bool Rotates { get; }

    /// <summary>The error of a permanently refused refresh.</summary>
    protected virtual JsonObject Refusal =>
        new() { ["error"] = "invalid_grant", ["error_description"] = "The refresh token is not valid." };

    /// <summary>The status of that refusal.</summary>
    protected virtual int RefusalStatus => 400;

    /// <summary>What the provider finds missing in a refresh request, as an OAuth error.</summary>
    protected virtual JsonObject? RefuseRefresh(IFormCollection form) => null;

    /// <summary>What the provider refuses when a code is redeemed, as an OAuth error.</summary>
    protected virtual string? RefuseCode(IFormCollection form) => null;

    /// <summary>The entry in the table of docs/identity-provider-answers.md.</summary>
    public virtual (string RefreshTokens, bool Rotates, string Refusal, bool RefusesUnknownScopes) Facts =>
        (
            KnownScopes.Contains("offline_access") ? "`offline_access`" : "always",
            Rotates,
            $"`{Refusal["error"]}` ({RefusalStatus})",
            RefusesUnknownScopes
        );

    protected virtual string[] AuthenticationMethods => ["client_secret_basic", "client_secret_post"];

    /// <summary>The address of the discovery document, if not below the issuer.</summary>
    public virtual string? MetadataPath => null;

    protected virtual void AddToAnswer(JsonObject answer) { }

    /// <summary>What the provider refuses in an authorization request, as an OAuth error.</summary>
    protected virtual string? Refuse(IQueryCollection request) => null;

    protected virtual void AddClaims(JsonObject claims) { }

    public async Task StartAsync()
    {
        var port = Loopback.FreePort();
        Origin = $"http://localhost:{port}";
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddRouting();
        _app = builder.Build();
        _app.UseRouting();
        _app.MapGet(
            MetadataPath ?? (new Uri(ConfiguredIssuer).AbsolutePath.TrimEnd('/') + "/.well-known/openid-configuration"),
            () => Json(Discovery())
        );
        _app.MapGet("/keys", () => Json(Keys()));
        _app.MapGet("/authorize", Authorize);
        _app.MapPost("/token", TokenAsync);
        _app.MapGet("/userinfo", TellUser);
        await _app.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await (_app?.DisposeAsync() ?? ValueTask.CompletedTask);
        _key.Dispose();
    }

    private JsonObject Discovery() =>
        new()
        {
            ["issuer"] = PublishedIssuer,
            ["authorization_endpoint"] = Origin + "/authorize",
            ["token_endpoint"] = Origin + "/token",
            ["jwks_uri"] = Origin + "/keys",
            ["response_types_supported"] = new JsonArray("code"),
            ["userinfo_endpoint"] = Origin + "/userinfo",
            ["token_endpoint_auth_methods_supported"] = new JsonArray([
                .. AuthenticationMethods.Select(method => (JsonNode)JsonValue.Create(method)),
            ]),
            ["subject_types_supported"] = new JsonArray("public"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        };

    private JsonObject Keys()
    {
        var key = _key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject
                {
                    ["kty"] = "RSA",
                    ["use"] = "sig",
                    ["kid"] = "key",
                    ["n"] = Base64UrlEncoder.Encode(key.Modulus),
                    ["e"] = Base64UrlEncoder.Encode(key.Exponent),
                }
            ),
        };
    }

    private IResult Authorize(HttpRequest request)
    {
        AuthorizationRequests.Add(request.Query);
        var error =
            Refuse(request.Query)
            ?? (RefusesUnknownScopes && request.Query["scope"].ToString().Split(' ').Except(KnownScopes).Any() ? "invalid_scope" : null);
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = request.Query;
        if (request.Query["response_mode"] == "form_post")
        {
            return Results.Text(
                $"<form method=\"post\" action=\"{request.Query["redirect_uri"]}\">"
                    + $"<input type=\"hidden\" name=\"{(error is null ? "code" : "error")}\" value=\"{error ?? code}\">"
                    + $"<input type=\"hidden\" name=\"state\" value=\"{request.Query["state"]}\"></form>",
                "text/html"
            );
        }

        return Results.Redirect(
            QueryHelpers.AddQueryString(
                request.Query["redirect_uri"].ToString(),
                new Dictionary<string, string?> { [error is null ? "code" : "error"] = error ?? code, ["state"] = request.Query["state"] }
            )
        );
    }

    private IResult TellUser()
    {
        UserInfoRequests++;
        var claims = Said.DeepClone().AsObject();
        claims["sub"] = "person";
        return Json(claims);
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        TokenRequests.Add(form);
        if (!IsClient(request, form))
        {
            return Results.Text("""{"error":"invalid_client"}""", "application/json", statusCode: 401);
        }

        if (form["grant_type"] != "refresh_token" && RefuseCode(form) is { } refused)
        {
            return Results.Text(new JsonObject { ["error"] = refused }.ToJsonString(), "application/json", statusCode: 401);
        }

        if (form["grant_type"] != "refresh_token")
        {
            return _codes.TryRemove(form["code"].ToString(), out var asked)
                ? Json(Answer(asked["nonce"], GivesRefreshToken(asked)))
                : Refused();
        }

        if (RefuseRefresh(form) is { } problem)
        {
            return Results.Text(problem.ToJsonString(), "application/json", statusCode: 400);
        }

        var presented = form["refresh_token"].ToString();
        if (HasEndedThePerson || !_refreshTokens.Contains(presented) || (Rotates && !_refreshTokens.Remove(presented)))
        {
            return Refused();
        }

        var answer = Answer(nonce: null, Rotates);
        if (OmitsIdTokenAtRefresh)
        {
            answer.Remove("id_token");
        }

        return Json(answer);
    }

    private bool IsClient(HttpRequest request, IFormCollection form)
    {
        var basic = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{ClientId}:{ClientSecret}"));
        return AuthenticationMethods.Contains("client_secret_post")
            ? form["client_id"] == ClientId && IsSecret(form["client_secret"].ToString())
            : request.Headers.Authorization == "Basic " + basic;
    }

    protected virtual bool IsSecret(string secret) => secret == ClientSecret;

    private JsonObject Answer(string? nonce, bool withRefreshToken)
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = TokenIssuer,
            ["sub"] = "person",
            ["aud"] = ClientId,
            ["iat"] = now,
            ["exp"] = now + 3600,
        };
        if (nonce is not null)
        {
            claims["nonce"] = nonce;
        }

        AddClaims(claims);
        foreach (var (name, value) in Said)
        {
            claims[name] = value?.DeepClone();
        }

        var answer = new JsonObject
        {
            ["access_token"] = "at-" + Guid.NewGuid().ToString("N"),
            ["token_type"] = "Bearer",
            ["expires_in"] = 120,
            ["id_token"] = FaultyIdentityProvider.Sign(
                new JsonObject
                {
                    ["alg"] = "RS256",
                    ["typ"] = "JWT",
                    ["kid"] = "key",
                },
                claims,
                _key
            ),
        };
        AddToAnswer(answer);
        if (withRefreshToken)
        {
            var token = "rt-" + Guid.NewGuid().ToString("N");
            _refreshTokens.Add(token);
            answer["refresh_token"] = token;
        }

        return answer;
    }

    private IResult Refused() => Results.Text(Refusal.ToJsonString(), "application/json", statusCode: RefusalStatus);

    private static IResult Json(JsonObject document) => Results.Text(document.ToJsonString(), "application/json");
}
