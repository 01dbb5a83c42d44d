using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Benchmarks.Load;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Benchmarks.Strangers;

/// <summary>The requests that one attacker sends repeatedly from one address.</summary>
/// <param name="Name">The row of issue 19 that it represents, in words.</param>
/// <param name="Make">Creates the request of a number; its URL is under the issuer.</param>
internal sealed record Attack(string Name, Func<int, string, HttpRequestMessage> Make)
{
    private static readonly string s_long = new('x', 7000);

    /// <summary>All attacks, in order. The client is one that honest users use.</summary>
    public static IReadOnlyList<Attack> All(string publicClient, LoadSystem system) =>
        [
            new("idle", (_, _) => throw new InvalidOperationException("The idle attacker sends nothing.")),
            new(
                "A1 junk in another client's name",
                (_, issuer) => Form(issuer + "/token/revocation", ("client_id", publicClient), ("token", "junk"))
            ),
            new("A2 assertions of many keys", Assertion),
            new(
                "A3 sign-ins in other spellings",
                (n, issuer) => Get($"{issuer}/authorize?{Request(publicClient, system)}&Interaction={n}")
            ),
            new(
                "A4 long requests and registrations",
                (n, issuer) =>
                    n % 2 == 0
                        ? Form(issuer + "/authorize", [.. Pairs(publicClient, system), ("junk", s_long)])
                        : Json(
                            issuer + "/register",
                            LoadClient.Registration.Replace("Load", $"Load {n}{s_long[..6500]}", StringComparison.Ordinal)
                        )
            ),
            new(
                "A5 hosts whose name nobody knows",
                (n, issuer) => Get($"{issuer}/authorize?{Request($"https://h{n}.example/doc", system)}")
            ),
            new(
                "A6 made-up documents of one host",
                (n, issuer) => Get($"{issuer}/authorize?{Request($"https://docs.example/{n}", system)}")
            ),
        ];

    private static (string, string)[] Pairs(string clientId, LoadSystem system) =>
        [
            ("response_type", "code"),
            ("client_id", clientId),
            ("redirect_uri", "http://127.0.0.1:7777/callback"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("resource", system.Resource),
        ];

    private static string Request(string clientId, LoadSystem system) =>
        string.Join('&', Pairs(clientId, system).Select(pair => $"{pair.Item1}={Uri.EscapeDataString(pair.Item2)}"));

    private static HttpRequestMessage Get(string url) => new(HttpMethod.Get, url);

    private static HttpRequestMessage Form(string url, params (string Name, string Value)[] fields) =>
        new(HttpMethod.Post, url)
        {
            Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
        };

    private static HttpRequestMessage Json(string url, string body) =>
        new(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    // Starts with a registration with the maximum number of keys, then sends assertions that name none of them.
    private static HttpRequestMessage Assertion(int number, string issuer)
    {
        if (number == 0)
        {
            var keys = new JsonArray([.. Enumerable.Range(0, 10).Select(_ => (JsonNode)PublicKey())]);
            var registration = new JsonObject
            {
                ["client_name"] = "Many keys",
                ["redirect_uris"] = new JsonArray("https://keys.example/callback"),
                ["token_endpoint_auth_method"] = "private_key_jwt",
                ["jwks"] = new JsonObject { ["keys"] = keys },
            };
            return Json(issuer + "/register", registration.ToJsonString());
        }

        var header = Base64UrlEncoder.Encode("""{"alg":"ES512"}""");
        var claims = Base64UrlEncoder.Encode(
            $$"""{"iss":"{{Registered.ClientId}}","sub":"{{Registered.ClientId}}","aud":"{{issuer}}","exp":4000000000,"jti":"{{number}}"}"""
        );
        var signature = Base64UrlEncoder.Encode(new byte[132]);
        return Form(
            issuer + "/token",
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", $"{header}.{claims}.{signature}")
        );
    }

    private static JsonObject PublicKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = "P-521",
            ["x"] = Base64UrlEncoder.Encode(point.X),
            ["y"] = Base64UrlEncoder.Encode(point.Y),
        };
    }

    /// <summary>The client that <see cref="Assertion"/> registered.</summary>
    internal static class Registered
    {
        public static string ClientId { get; set; } = "unknown";
    }
}
