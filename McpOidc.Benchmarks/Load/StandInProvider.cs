using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// An identity provider without prompts and with little cost: every authorization request signs in a new user immediately.
/// </summary>
internal static class StandInProvider
{
    public const string Name = "provider";

    private static readonly SigningCredentials s_key = new(
        new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "1" },
        SecurityAlgorithms.EcdsaSha256
    );
    private static readonly JsonWebTokenHandler s_tokens = new();

    public static async Task<int> RunAsync(string port)
    {
        var issuer = $"http://localhost:{port}";
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls(issuer);
        var app = builder.Build();
        app.Run(http =>
            http.Request.Path.Value switch
            {
                "/.well-known/openid-configuration" => http.Response.WriteAsJsonAsync(Metadata(issuer)),
                "/jwks" => http.Response.WriteAsync(Keys(), http.RequestAborted),
                "/authorize" => Authorize(http),
                "/token" => RedeemAsync(http, issuer),
                _ => NotFound(http),
            }
        );
        await app.RunAsync();
        return 0;
    }

    private static Dictionary<string, object> Metadata(string issuer) =>
        new()
        {
            ["issuer"] = issuer,
            ["authorization_endpoint"] = issuer + "/authorize",
            ["token_endpoint"] = issuer + "/token",
            ["jwks_uri"] = issuer + "/jwks",
            ["response_types_supported"] = new[] { "code" },
            ["subject_types_supported"] = new[] { "public" },
            ["id_token_signing_alg_values_supported"] = new[] { "ES256" },
            ["code_challenge_methods_supported"] = new[] { "S256" },
            ["token_endpoint_auth_methods_supported"] = new[] { "client_secret_basic", "client_secret_post" },
        };

    private static string Keys()
    {
        var key = JsonWebKeyConverter.ConvertFromECDsaSecurityKey((ECDsaSecurityKey)s_key.Key);
        return JsonSerializer.Serialize(
            new
            {
                keys = new[]
                {
                    new
                    {
                        kty = key.Kty,
                        crv = key.Crv,
                        x = key.X,
                        y = key.Y,
                        kid = key.Kid,
                        use = "sig",
                        alg = "ES256",
                    },
                },
            }
        );
    }

    // The code contains what the id_token needs later: the provider keeps no state.
    private static Task Authorize(HttpContext http)
    {
        var query = http.Request.Query;
        var code = $"{Guid.NewGuid():N}.{query["client_id"]}.{query["nonce"]}";
        http.Response.Redirect(
            $"{query["redirect_uri"]}?code={Uri.EscapeDataString(code)}&state={Uri.EscapeDataString(query["state"].ToString())}"
        );
        return Task.CompletedTask;
    }

    private static async Task RedeemAsync(HttpContext http, string issuer)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var (subject, client, nonce) = form["code"].ToString().Split('.', 3) is [var person, var asked, var sent]
            ? (person, asked, sent)
            : ("refreshed", "mcpoidc", "");
        await http.Response.WriteAsJsonAsync(
            new Dictionary<string, object>
            {
                ["access_token"] = $"{Guid.NewGuid():N}",
                ["refresh_token"] = $"{Guid.NewGuid():N}",
                ["token_type"] = "Bearer",
                ["expires_in"] = 3600,
                ["id_token"] = s_tokens.CreateToken(
                    new SecurityTokenDescriptor
                    {
                        Issuer = issuer,
                        Audience = client,
                        SigningCredentials = s_key,
                        Expires = DateTime.UtcNow.AddMinutes(5),
                        Claims = new Dictionary<string, object>
                        {
                            ["sub"] = subject,
                            ["nonce"] = nonce,
                            ["email"] = $"{subject}@example.com",
                            ["name"] = "A person",
                        },
                    }
                ),
            }
        );
    }

    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
