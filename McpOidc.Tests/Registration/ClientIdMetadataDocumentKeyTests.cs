using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Registration;

/// <summary>Clients that authenticate with keys named in their document (security case F13).</summary>
public sealed class ClientIdMetadataDocumentKeyTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>
{
    private const string WebRedirectUri = "https://app.example/cb";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_publishes_keys_has_to_authenticate_with_one_of_them(bool inDocument)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var wrong = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var keys = fixture.NewUrl("keys");
        fixture.Host.Serve(keys, KeySet(key));
        var url = fixture.Publish(document =>
        {
            document["token_endpoint_auth_method"] = "private_key_jwt";
            document[inDocument ? "jwks" : "jwks_uri"] = inDocument ? KeySet(key) : keys;
        });
        using var browser = new Browser();
        using var client = fixture.CreateClient(url);
        var code = await client.GetCodeAsync(browser);
        Assert.Equal("invalid_client", (await client.RedeemAsync(code)).Error);
        Assert.Equal("invalid_client", (await client.RedeemAsync(code, Proof(url, wrong))).Error);
        var tokens = await client.RedeemAsync(code, Proof(url, key));
        Assert.True(tokens.Status == 200, tokens.Body.ToJsonString());
        Assert.Equal("invalid_client", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken, Proof(url, key))).Status);
    }

    [Fact]
    public async Task A_replacement_key_is_accepted_without_new_consent_and_the_old_key_is_not()
    {
        using var before = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var after = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var keys = fixture.NewUrl("keys");
        fixture.Host.Serve(keys, KeySet(before), ("Cache-Control", "max-age=300"));
        var url = fixture.Publish(
            document =>
            {
                document["redirect_uris"] = new JsonArray(WebRedirectUri);
                (document["token_endpoint_auth_method"], document["jwks_uri"]) = ("private_key_jwt", keys);
            },
            ("Cache-Control", "max-age=86400"),
            ("ETag", "\"v1\"")
        );
        using var browser = new Browser();
        using var client = fixture.CreateClient(url, WebRedirectUri);
        Assert.Equal(200, (await client.RedeemAsync(await client.GetCodeAsync(browser), Proof(url, before))).Status);
        var asked = browser.ConsentPages();

        fixture.Host.Serve(keys, KeySet(after), ("Cache-Control", "max-age=300"));
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(6));
        var code = await client.GetCodeAsync(browser);
        Assert.Equal("invalid_client", (await client.RedeemAsync(code, Proof(url, before))).Error);
        Assert.Equal(200, (await client.RedeemAsync(code, Proof(url, after))).Status);
        Assert.Equal(asked, browser.ConsentPages());
    }

    private (string Name, string? Value)[] Proof(string clientId, ECDsa key)
    {
        var now = fixture.System.Clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = clientId,
            ["sub"] = clientId,
            ["aud"] = fixture.System.Issuer,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = now,
            ["exp"] = now + 60,
        };
        var signed =
            Base64UrlEncoder.Encode("""{"alg":"ES256","typ":"client-authentication+jwt"}""")
            + "."
            + Base64UrlEncoder.Encode(claims.ToJsonString());
        var signature = Base64UrlEncoder.Encode(key.SignData(System.Text.Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
        return
        [
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", $"{signed}.{signature}"),
        ];
    }

    private static JsonObject KeySet(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject
                {
                    ["kty"] = "EC",
                    ["crv"] = "P-256",
                    ["x"] = Base64UrlEncoder.Encode(point.X!),
                    ["y"] = Base64UrlEncoder.Encode(point.Y!),
                }
            ),
        };
    }
}
