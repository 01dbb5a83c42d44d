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

namespace McpOidc.Tests.Faults;

/// <summary>The provider's current fault.</summary>
internal enum ProviderFault
{
    None,
    Silent,
    Error500,
}

/// <summary>An identity provider that signs in the user named by <c>login_hint</c>, rotates refresh tokens (<see cref="RotatedTokens"/>),
/// and fails when told to.</summary>
internal sealed class RotatingProvider : IAsyncDisposable
{
    public const string ClientId = "rig";
    public const string ClientSecret = "rig-secret";

    private readonly WebApplication _app;
    private readonly RSA _key = RSA.Create(2048);
    private readonly RotatedTokens _tokens;
    private readonly Ledger _ledger;
    private readonly ConcurrentDictionary<string, (string User, string? Nonce)> _codes = new(StringComparer.Ordinal);
    private TaskCompletionSource _mended = new();

    private RotatingProvider(WebApplication app, string issuer, RotatedTokens tokens, Ledger ledger) =>
        (_app, Issuer, _tokens, _ledger) = (app, issuer, tokens, ledger);

    public string Issuer { get; }

    public ProviderFault Fault { get; private set; }

    public static async Task<RotatingProvider> StartAsync(RotatedTokens tokens, Ledger ledger)
    {
        var port = Loopback.FreePort();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddRouting();
        var app = builder.Build();
        var provider = new RotatingProvider(app, $"http://localhost:{port}", tokens, ledger);
        app.UseRouting();
        // These stay available to starting servers and to tools that use a token, even while sign-in and the token endpoint are down.
        app.MapGet("/.well-known/openid-configuration", () => Json(provider.Discovery()));
        app.MapGet("/jwks", () => Json(provider.Jwks()));
        app.MapGet("/userinfo", provider.TellUser);
        app.MapGet("/authorize", provider.AuthorizeAsync);
        app.MapPost("/token", provider.TokenAsync);
        await app.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return provider;
    }

    public void Break(ProviderFault fault)
    {
        _mended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Fault = fault;
    }

    public void Remedy()
    {
        Fault = ProviderFault.None;
        _mended.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        Remedy();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private JsonObject Discovery() =>
        new()
        {
            ["issuer"] = Issuer,
            ["authorization_endpoint"] = Issuer + "/authorize",
            ["token_endpoint"] = Issuer + "/token",
            ["userinfo_endpoint"] = Issuer + "/userinfo",
            ["jwks_uri"] = Issuer + "/jwks",
            ["response_types_supported"] = new JsonArray("code"),
            ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_post"),
            ["subject_types_supported"] = new JsonArray("public"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        };

    private JsonObject Jwks()
    {
        var key = _key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject
                {
                    ["kty"] = "RSA",
                    ["use"] = "sig",
                    ["alg"] = "RS256",
                    ["kid"] = "rig",
                    ["n"] = Base64UrlEncoder.Encode(key.Modulus),
                    ["e"] = Base64UrlEncoder.Encode(key.Exponent),
                }
            ),
        };
    }

    private async Task<IResult> AuthorizeAsync(HttpRequest request)
    {
        if (await FailAsync(request.HttpContext) is { } failure)
        {
            return failure;
        }

        var code = Guid.NewGuid().ToString("N");
        _codes[code] = (request.Query["login_hint"].ToString(), request.Query["nonce"]);
        return Results.Redirect(
            QueryHelpers.AddQueryString(
                request.Query["redirect_uri"].ToString(),
                new Dictionary<string, string?> { ["code"] = code, ["state"] = request.Query["state"] }
            )
        );
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var isRefresh = form["grant_type"] == "refresh_token";

        // Some of the missing answers are lost on the way back, after the provider has rotated the token.
        var lost = Fault == ProviderFault.Silent && Random.Shared.Next(2) == 0 ? Answer(form, isRefresh) : null;
        if (await FailAsync(request.HttpContext) is { } failure)
        {
            _ledger.Count(isRefresh ? "provider: refreshes failed" : "provider: sign-ins failed");
            return failure;
        }

        return lost ?? Answer(form, isRefresh);
    }

    private IResult Answer(IFormCollection form, bool isRefresh)
    {
        if (form["client_secret"] != ClientSecret)
        {
            return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        }

        if (isRefresh)
        {
            return _tokens.Refresh(form["refresh_token"].ToString()) is { } refreshed
                ? Json(ToAnswer(refreshed))
                : Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        }

        if (!_codes.TryRemove(form["code"].ToString(), out var begun))
        {
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        }

        var answer = ToAnswer(_tokens.Begin(begun.User));
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        answer["id_token"] = FaultyIdentityProvider.Sign(
            new JsonObject
            {
                ["alg"] = "RS256",
                ["typ"] = "JWT",
                ["kid"] = "rig",
            },
            new JsonObject
            {
                ["iss"] = Issuer,
                ["sub"] = begun.User,
                ["aud"] = ClientId,
                ["iat"] = now,
                ["exp"] = now + 300,
                ["nonce"] = begun.Nonce,
                ["email"] = $"{begun.User}@example.com",
            },
            _key
        );
        return Json(answer);
    }

    private static JsonObject ToAnswer(IssuedTokens tokens) =>
        new()
        {
            ["access_token"] = tokens.AccessToken,
            ["refresh_token"] = tokens.RefreshToken,
            ["token_type"] = "Bearer",
            ["expires_in"] = (int)RigSettings.ProviderTokenLifetime.TotalSeconds,
        };

    private IResult TellUser(HttpRequest request) =>
        _tokens.Use(request.Headers.Authorization.ToString()["Bearer ".Length..]) is { } user
            ? Json(new JsonObject { ["sub"] = user, ["email"] = $"{user}@example.com" })
            : Results.StatusCode(StatusCodes.Status401Unauthorized);

    /// <summary>Hangs until the fault is over and then drops the connection; or returns 500.</summary>
    private async Task<IResult?> FailAsync(HttpContext context)
    {
        switch (Fault)
        {
            case ProviderFault.Silent:
                _ledger.Count("provider: requests without an answer");
                await _mended
                    .Task.WaitAsync(context.RequestAborted)
                    .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                context.Abort();
                return Results.Empty;
            case ProviderFault.Error500:
                _ledger.Count("provider: requests answered 500");
                return Results.StatusCode(StatusCodes.Status500InternalServerError);
            default:
                return null;
        }
    }

    private static IResult Json(JsonObject document) => Results.Text(document.ToJsonString(), "application/json");
}
