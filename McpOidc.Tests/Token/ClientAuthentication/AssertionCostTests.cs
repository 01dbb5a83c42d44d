using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpOidc.Keys;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.RateLimits;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Token.ClientAuthentication;

/// <summary>The cost of client authentication does not grow with what strangers register or send (S04).</summary>
public sealed class AssertionCostTests
{
    private const string Attacker = "203.0.113.7";

    [Fact]
    public async Task More_than_ten_keys_are_refused_wherever_a_client_names_them()
    {
        await using var system = await DocumentSystem.StartAsync();
        using var client = system.System.CreateClient();
        Assert.Equal(HttpStatusCode.Created, await RegisterAsync(client, KeysOf(10)));
        Assert.Equal(HttpStatusCode.BadRequest, await RegisterAsync(client, KeysOf(11)));
        await system.AssertAcceptedAsync(system.Publish(document => Describe(document, KeysOf(10))));
        await system.AssertRefusedAsync(system.Publish(document => Describe(document, KeysOf(11))), "more than 10 keys");
    }

    [Theory]
    [InlineData(0, false, true)]
    [InlineData(1, false, true)]
    [InlineData(2, false, false)]
    [InlineData(2, true, true)]
    public async Task At_most_two_keys_are_tried_without_a_known_kid(int signer, bool withKeyId, bool isGood)
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        ClientKey[] keys = [new(), new(), new()];
        // Keys that do not fit the algorithm are not tried and do not count.
        var others = KeysOf(3)["keys"]!.AsArray().Select(key => key!.DeepClone());
        var set = new JsonObject
        {
            ["keys"] = new JsonArray([
                .. others,
                .. keys.Select(
                    (key, number) =>
                    {
                        var jwk = key.PublicJwk;
                        jwk["kid"] = $"k{number}";
                        return (JsonNode)jwk;
                    }
                ),
            ]),
        };
        Assert.Equal(HttpStatusCode.Created, await RegisterAsync(client, set));
        var assertion = keys[signer]
            .Sign(
                Payload(client),
                "JWT",
                header =>
                {
                    header.Remove("kid");
                    if (withKeyId)
                    {
                        header["kid"] = $"k{signer}";
                    }
                }
            );
        Assert.Equal(isGood ? "invalid_grant" : "invalid_client", (await AskAsync(client, assertion)).Error);
        Array.ForEach(keys, key => key.Dispose());
    }

    [Fact]
    public async Task An_address_is_charged_for_an_assertion_before_verification_and_refunded_for_a_valid_one()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            options.Set("McpOidc:RateLimits:FailuresPerAddressPerMinute", "3");
            options.Set("McpOidc:RateLimits:FailuresPerClientPerMinute", "0");
        });
        using var client = system.CreateClient();
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", Attacker);
        using var key = new ClientKey();
        await RegisterAsync(client, key.Jwks);
        RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(200, (await IntrospectAsync(client, key.Assert(client.ClientId, client.Issuer))).Status);
        }

        using var wrong = new ClientKey();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 30).Select(_ => IntrospectAsync(client, wrong.Assert(client.ClientId, client.Issuer)))
        );
        Assert.Equal(3, answers.Count(answer => answer.Status == 401));
        Assert.Equal(27, answers.Count(answer => answer.Status == 429));
    }

    [Theory]
    [InlineData(512, 3, true)]
    [InlineData(513, 3, true)]
    [InlineData(514, 3, false)]
    [InlineData(1024, 3, false)]
    [InlineData(256, 256, false)]
    [InlineData(256, 5, false)]
    public void An_unusually_large_key_is_not_used_for_verification(int modulusBytes, int exponentBytes, bool mayVerify) =>
        Assert.Equal(
            mayVerify,
            AsymmetricAlgorithms.MayVerify(
                new JsonWebKey
                {
                    Kty = "RSA",
                    N = Base64UrlEncoder.Encode(new byte[modulusBytes]),
                    E = Base64UrlEncoder.Encode(new byte[exponentBytes]),
                }
            )
        );

    [Fact]
    public async Task Only_the_members_of_a_key_that_are_used_are_stored()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        var keys = KeysOf(1);
        keys["padding"] = new string('x', 500);
        keys["keys"]![0]!["x5c"] = new JsonArray(new string('x', 500));
        keys["keys"]![0]!["anything"] = new string('x', 500);
        var body = await client.RegisterAsync(Describe(OAuthClient.Metadata(OAuthClient.DefaultRedirectUri), keys));
        Assert.DoesNotContain("xxx", body["jwks"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["crv", "kid", "kty", "x", "y"], body["jwks"]!["keys"]![0]!.AsObject().Select(member => member.Key).Order());
    }

    private static JsonObject KeysOf(int count)
    {
        var keys = new JsonArray();
        for (var i = 0; i < count; i++)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            keys.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["kty"] = "EC",
                        ["crv"] = "P-521",
                        ["kid"] = $"p521-{i}",
                        ["x"] = Base64UrlEncoder.Encode(point.X!),
                        ["y"] = Base64UrlEncoder.Encode(point.Y!),
                    }
            );
        }

        return new JsonObject { ["keys"] = keys };
    }

    private static JsonObject Describe(JsonObject metadata, JsonObject keys)
    {
        metadata["token_endpoint_auth_method"] = "private_key_jwt";
        metadata["jwks"] = keys.DeepClone();
        return metadata;
    }

    private static async Task<HttpStatusCode> RegisterAsync(OAuthClient client, JsonObject keys)
    {
        using var response = await client.Http.PostAsJsonAsync(
            $"{client.Issuer}/register",
            Describe(OAuthClient.Metadata(OAuthClient.DefaultRedirectUri), keys)
        );
        client.ClientId = (await response.Content.ReadFromJsonAsync<JsonObject>())!["client_id"]?.ToString() ?? client.ClientId;
        return response.StatusCode;
    }

    private static JsonObject Payload(OAuthClient client) =>
        new()
        {
            ["iss"] = client.ClientId,
            ["sub"] = client.ClientId,
            ["aud"] = client.Issuer,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["exp"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60,
        };

    private static Task<TokenAnswer> AskAsync(OAuthClient client, string assertion) =>
        client.RefreshAsync("junk", ("client_assertion_type", ClientKey.AssertionType), ("client_assertion", assertion));

    private static Task<TokenAnswer> IntrospectAsync(OAuthClient client, string assertion) =>
        client.PostAsync(
            "/token/introspection",
            [("token", "any"), ("client_assertion_type", ClientKey.AssertionType), ("client_assertion", assertion)]
        );
}
