using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Keys;
using McpOidc.Tests.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Protection;

/// <summary>Which bearer tokens the MCP server accepts (G02 to G07, G28). behaviour.md B2, B11 and B12 list what the npm package gets wrong
/// here.</summary>
public sealed class BearerTokenTests(BothModes modes) : IClassFixture<BothModes>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_from_the_authorization_server_for_this_resource_is_accepted(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        using var response = await signedIn.Client.CallAsync(signedIn.Echo, signedIn.Tokens.AccessToken);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(Forgery.PayloadOf(signedIn.Tokens.AccessToken)["sub"]!.ToString(), await response.Content.ReadAsStringAsync());
    }

    // The control for all forgeries below: they are refused only because of what they change.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_re_signed_token_with_the_same_content_is_accepted(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        Assert.Equal(200, await signedIn.StatusAsync(Forgery.Resign(signedIn.System, signedIn.Tokens.AccessToken)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_malformed_token_is_refused(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        foreach (
            var token in new[]
            {
                "garbage",
                "a.b.c",
                "..",
                ".",
                "eyJhbGciOiJFUzI1NiJ9..",
                new string('a', 5_000),
                new string('x', 20_000),
                signedIn.Tokens.AccessToken + ".",
            }
        )
        {
            var answer = await RawHttp.SendAsync(
                signedIn.System.McpOrigin,
                "POST",
                "/echo",
                $"Authorization: Bearer {token}",
                "Content-Length: 0"
            );
            Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
            Assert.Contains("error=\"invalid_token\"", answer, StringComparison.Ordinal);
            Assert.Contains("resource_metadata=", answer, StringComparison.Ordinal);
            Assert.Contains("scope=", answer, StringComparison.Ordinal);
        }
    }

    public static TheoryData<string, bool> Changes
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var change in s_changes.Keys)
            {
                data.Add(change, false);
                data.Add(change, true);
            }

            return data;
        }
    }

    private static readonly Dictionary<string, Action<JsonObject, TestSystem>> s_changes = new()
    {
        ["expired"] = (payload, system) => payload["exp"] = Seconds(system, -31),
        ["without an end"] = (payload, _) => payload.Remove("exp"),
        ["not valid yet"] = (payload, system) => payload["nbf"] = Seconds(system, 120),
        ["of another issuer"] = (payload, _) => payload["iss"] = "https://other.example",
        ["of the issuer with a slash"] = (payload, _) => payload["iss"] = payload["iss"]! + "/",
        ["of the issuer in upper case"] = (payload, _) => payload["iss"] = payload["iss"]!.ToString().ToUpperInvariant(),
        ["without an issuer"] = (payload, _) => payload.Remove("iss"),
        ["for another server"] = (payload, _) => payload["aud"] = "https://other.example/api",
        ["for several other servers"] = (payload, _) =>
            payload["aud"] = new JsonArray("https://other.example/api", "https://third.example/mcp"),
        ["for nobody"] = (payload, _) => payload.Remove("aud"),
        ["for a host that begins like ours"] = (payload, system) => payload["aud"] = system.McpOrigin + ".evil.example/mcp",
        ["for a path that begins like ours"] = (payload, system) => payload["aud"] = system.Resource + "2",
        ["for a path below ours"] = (payload, system) => payload["aud"] = system.Resource + "/admin",
        ["for the origin only"] = (payload, system) => payload["aud"] = system.McpOrigin,
        ["for our path with a query"] = (payload, system) => payload["aud"] = system.Resource + "?x=1",
        ["for our path in another case"] = (payload, system) => payload["aud"] = system.McpOrigin + "/MCP",
        ["for the client itself"] = (payload, _) => payload["aud"] = payload["client_id"]?.DeepClone(),
        ["without a session"] = (payload, _) => payload.Remove("sid"),
        ["of a session that never was"] = (payload, _) => payload["sid"] = "AAAAAAAAAAAAAAAAAAAAAA",
        ["of another person's session"] = (payload, _) => payload["sub"] = "somebody-else",
        ["without a subject"] = (payload, _) => payload.Remove("sub"),
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_correctly_signed_token_with_wrong_content_is_refused(string change, bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var token = Forgery.Resign(signedIn.System, signedIn.Tokens.AccessToken, payload => s_changes[change](payload, signedIn.System));
        using var response = await signedIn.Client.CallAsync(signedIn.Echo, token);
        Assert.Equal(401, (int)response.StatusCode);
        Assert.Contains("error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("JWT")]
    [InlineData("id+jwt")]
    [InlineData("logout+jwt")]
    [InlineData("oauth-id-jag+jwt")]
    [InlineData("mcpoidc-server+jwt")]
    public async Task A_correctly_signed_token_of_another_type_is_refused(string type)
    {
        var signedIn = await modes.InAsync(standalone: true);
        Assert.Equal(401, await signedIn.StatusAsync(Forgery.Resign(signedIn.System, signedIn.Tokens.AccessToken, type: type)));
    }

    // behaviour.md B12
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_id_token_and_a_refresh_token_are_not_accepted_as_access_tokens(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        Assert.Equal(401, await signedIn.StatusAsync(signedIn.Tokens["id_token"]));
        Assert.Equal(401, await signedIn.StatusAsync(signedIn.Tokens.RefreshToken));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_with_changed_content_is_refused(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var parts = signedIn.Tokens.AccessToken.Split('.');
        var payload = Forgery.PayloadOf(signedIn.Tokens.AccessToken);
        payload["scope"] = "openid files:write";
        Assert.Equal(401, await signedIn.StatusAsync($"{parts[0]}.{Base64UrlEncoder.Encode(payload.ToJsonString())}.{parts[2]}"));

        var signature = Base64UrlEncoder.DecodeBytes(parts[2]);
        signature[5] ^= 1;
        Assert.Equal(401, await signedIn.StatusAsync($"{parts[0]}.{parts[1]}.{Base64UrlEncoder.Encode(signature)}"));
        Assert.Equal(401, await signedIn.StatusAsync($"{parts[0]}.{parts[1]}.{Base64UrlEncoder.Encode(new byte[64])}"));
    }

    [Theory]
    [InlineData("none", false)]
    [InlineData("None", false)]
    [InlineData("nOnE", true)]
    [InlineData("", true)]
    public async Task A_token_without_a_signature_is_refused(string algorithm, bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var header = Forgery.HeaderOf(signedIn.Tokens.AccessToken);
        header["alg"] = algorithm;
        Assert.Equal(
            401,
            await signedIn.StatusAsync(Forgery.Assemble(header, Forgery.PayloadOf(signedIn.Tokens.AccessToken), hmacKey: null))
        );
        header.Remove("kid");
        Assert.Equal(
            401,
            await signedIn.StatusAsync(Forgery.Assemble(header, Forgery.PayloadOf(signedIn.Tokens.AccessToken), hmacKey: null))
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_signed_with_the_public_key_as_a_shared_secret_is_refused(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var jwks = await signedIn.Client.Http.GetStringAsync(new Uri(signedIn.System.Issuer + "/jwks"));
        var ecdsa = ((ECDsaSecurityKey)Forgery.KeyOf(signedIn.System).Key).ECDsa;
        byte[][] candidates =
        [
            Encoding.UTF8.GetBytes(jwks),
            ecdsa.ExportSubjectPublicKeyInfo(),
            Encoding.ASCII.GetBytes(ecdsa.ExportSubjectPublicKeyInfoPem()),
        ];
        foreach (var key in candidates)
        {
            var header = Forgery.HeaderOf(signedIn.Tokens.AccessToken);
            header["alg"] = "HS256";
            Assert.Equal(401, await signedIn.StatusAsync(Forgery.Assemble(header, Forgery.PayloadOf(signedIn.Tokens.AccessToken), key)));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_signed_with_a_foreign_key_is_refused(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        foreach (var kid in new[] { null, "unknown", Forgery.KeyOf(signedIn.System).Key.KeyId, "../../dev/null" })
        {
            var key = KeyGenerator.Create("ES256");
            key.Kid = kid;
            var token = Forgery.Sign(Forgery.PayloadOf(signedIn.Tokens.AccessToken), new SigningCredentials(key, "ES256"));
            Assert.Equal(401, await signedIn.StatusAsync(token));
        }
    }

    [Fact]
    public async Task A_key_embedded_in_the_token_is_not_used()
    {
        var signedIn = await modes.InAsync(standalone: true);
        using var rsa = RSA.Create(2048);
        var key = new RsaSecurityKey(rsa) { KeyId = "mine" };
        var jwk = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: false)));
        var header = new JsonObject
        {
            ["alg"] = "RS256",
            ["typ"] = "at+jwt",
            ["kid"] = key.KeyId,
            ["jwk"] = new JsonObject
            {
                ["kty"] = "RSA",
                ["n"] = jwk.N,
                ["e"] = jwk.E,
                ["kid"] = key.KeyId,
            },
            ["jku"] = "http://127.0.0.1:1/jwks",
            ["x5u"] = "http://127.0.0.1:1/x5u",
        };
        var head =
            Base64UrlEncoder.Encode(header.ToJsonString())
            + "."
            + Base64UrlEncoder.Encode(Forgery.PayloadOf(signedIn.Tokens.AccessToken).ToJsonString());
        var signature = rsa.SignData(Encoding.ASCII.GetBytes(head), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Assert.Equal(401, await signedIn.StatusAsync(head + "." + Base64UrlEncoder.Encode(signature)));
    }

    [Theory]
    [InlineData("slash at the end")]
    [InlineData("upper case host")]
    [InlineData("second of two")]
    public async Task Our_audience_is_accepted_in_an_equivalent_form(string form)
    {
        var signedIn = await modes.InAsync(standalone: true);
        var resource = signedIn.System.Resource;
        JsonNode audience = form switch
        {
            "slash at the end" => resource + "/",
            "upper case host" => resource.Replace("localhost", "LOCALHOST", StringComparison.Ordinal),
            _ => new JsonArray("https://other.example", resource),
        };
        Assert.Equal(
            200,
            await signedIn.StatusAsync(Forgery.Resign(signedIn.System, signedIn.Tokens.AccessToken, payload => payload["aud"] = audience))
        );
    }

    // G06
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_in_the_query_or_in_a_form_is_ignored(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        using var inQuery = await signedIn.Client.CallAsync($"{signedIn.Echo}?access_token={signedIn.Tokens.AccessToken}", null);
        Assert.Equal(401, (int)inQuery.StatusCode);
        Assert.DoesNotContain("error=", inQuery.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);

        using var form = new FormUrlEncodedContent([new("access_token", signedIn.Tokens.AccessToken)]);
        using var inForm = await signedIn.Client.Http.PostAsync(signedIn.Echo, form);
        Assert.Equal(401, (int)inForm.StatusCode);

        using var cookie = new HttpRequestMessage(HttpMethod.Post, signedIn.Echo);
        cookie.Headers.Add("Cookie", $"access_token={signedIn.Tokens.AccessToken}");
        using var inCookie = await signedIn.Client.Http.SendAsync(cookie);
        Assert.Equal(401, (int)inCookie.StatusCode);
    }

    // G07
    [Theory]
    [InlineData("bearer ", 200)]
    [InlineData("BEARER ", 200)]
    [InlineData("Bearer  ", 200)]
    [InlineData("Basic ", 401)]
    [InlineData("DPoP ", 401)]
    [InlineData("Bearer", 401)]
    [InlineData("", 401)]
    public async Task The_authentication_scheme_is_parsed_as_RFC_6750_specifies(string scheme, int status)
    {
        var signedIn = await modes.InAsync(standalone: false);
        var answer = await RawHttp.SendAsync(
            signedIn.System.McpOrigin,
            "POST",
            "/echo",
            $"Authorization: {scheme}{signedIn.Tokens.AccessToken}",
            "Content-Length: 0"
        );
        Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_with_two_Authorization_headers_is_a_bad_request(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var good = $"Authorization: Bearer {signedIn.Tokens.AccessToken}";
        foreach (var headers in new[] { new[] { good, good }, ["Authorization: Bearer other", good], [good + ", Bearer other"] })
        {
            var answer = await RawHttp.SendAsync(signedIn.System.McpOrigin, "POST", "/echo", [.. headers, "Content-Length: 0"]);
            Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
            Assert.Contains("invalid_request", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_refusal_reveals_nothing_about_the_token_and_is_not_cached()
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var response = await signedIn.Client.CallAsync(signedIn.Echo, "secret-looking-token");
        Assert.DoesNotContain(
            "secret-looking-token",
            await response.Content.ReadAsStringAsync() + response.Headers,
            StringComparison.Ordinal
        );
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    private static long Seconds(TestSystem system, int fromNow) => system.Clock.GetUtcNow().ToUnixTimeSeconds() + fromNow;
}
