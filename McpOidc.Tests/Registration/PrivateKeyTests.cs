using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Registration;

/// <summary>A client that sends a private key instead of a public one is told so, and the key is not kept (RFC 7591 §2, RFC 7517 §9.2;
/// security case D09).</summary>
public sealed class PrivateKeyTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>
{
    private static readonly string[] s_rsaParts = ["d", "p", "q", "dp", "dq", "qi"];

    /// <summary>Key sets with a private part, or just a piece of one.</summary>
    public static TheoryData<string> PrivateSets
    {
        get
        {
            var sets = new TheoryData<string>
            {
                Set(Elliptic(withPrivate: true)),
                Set(Elliptic(withPrivate: false), Elliptic(withPrivate: true)),
                Set(Rsa(s_rsaParts)),
            };
            foreach (var part in s_rsaParts)
            {
                sets.Add(Set(Rsa(part)));
            }

            return sets;
        }
    }

    [Theory]
    [MemberData(nameof(PrivateSets))]
    public async Task A_private_key_is_refused_at_registration(string set)
    {
        using var client = fixture.System.CreateClient();
        var metadata = OAuthClient.Metadata("https://app.example/cb");
        (metadata["token_endpoint_auth_method"], metadata["jwks"]) = ("private_key_jwt", JsonNode.Parse(set));

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => client.RegisterAsync(metadata));

        Assert.Contains("jwks must contain public keys only", refused.Message, StringComparison.Ordinal);
        (await AcceptedAsync(metadata)).Dispose();
    }

    [Theory]
    [MemberData(nameof(PrivateSets))]
    public async Task A_private_key_is_refused_in_a_document_and_at_its_jwks_uri(string set)
    {
        var inside = fixture.Publish(document =>
            (document["token_endpoint_auth_method"], document["jwks"]) = ("private_key_jwt", JsonNode.Parse(set))
        );
        await fixture.AssertRefusedAsync(inside, "public keys only");
        var keys = fixture.NewUrl("keys");
        fixture.Host.Answer(keys, http => DocumentHost.WriteAsync(http, set));
        var elsewhere = fixture.Publish(document =>
            (document["token_endpoint_auth_method"], document["jwks_uri"]) = ("private_key_jwt", keys)
        );
        await fixture.AssertRefusedAsync(elsewhere, "public keys only");
    }

    [Theory]
    [MemberData(nameof(PrivateSets))]
    public async Task A_private_key_is_refused_in_the_settings(string set)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var system = await TestSystem.StartAsync(options =>
            {
                options.Set("McpOidc:Clients:0:Id", "job");
                options.Set("McpOidc:Clients:0:GrantTypes:0", "client_credentials");
                options.Set("McpOidc:Clients:0:Jwks", set);
            });
        });
        Assert.Contains("McpOidc__Clients__0__Jwks) is not a set of one to 10 public", refused.Message, StringComparison.Ordinal);
    }

    // The same without the private parts.
    private async Task<OAuthClient> AcceptedAsync(JsonObject metadata)
    {
        foreach (var key in metadata["jwks"]!["keys"]!.AsArray().OfType<JsonObject>())
        {
            foreach (var part in s_rsaParts)
            {
                key.Remove(part);
            }
        }

        var client = fixture.System.CreateClient();
        await client.RegisterAsync(metadata);
        return client;
    }

    private static string Set(params JsonObject[] keys) => new JsonObject { ["keys"] = new JsonArray([.. keys]) }.ToJsonString();

    private static JsonObject Elliptic(bool withPrivate)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parts = key.ExportParameters(includePrivateParameters: true);
        var jwk = new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = Base64UrlEncoder.Encode(parts.Q.X!),
            ["y"] = Base64UrlEncoder.Encode(parts.Q.Y!),
        };
        if (withPrivate)
        {
            jwk["d"] = Base64UrlEncoder.Encode(parts.D!);
        }

        return jwk;
    }

    private static JsonObject Rsa(params string[] parts)
    {
        using var rsa = RSA.Create(2048);
        var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: true)));
        var all = JsonSerializer
            .SerializeToNode(
                new Dictionary<string, string?>
                {
                    ["d"] = key.D,
                    ["p"] = key.P,
                    ["q"] = key.Q,
                    ["dp"] = key.DP,
                    ["dq"] = key.DQ,
                    ["qi"] = key.QI,
                }
            )!
            .AsObject();
        var jwk = new JsonObject
        {
            ["kty"] = "RSA",
            ["n"] = key.N,
            ["e"] = key.E,
        };
        foreach (var part in parts)
        {
            jwk[part] = all[part]!.DeepClone();
        }

        return jwk;
    }
}
