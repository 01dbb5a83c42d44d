using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using static McpOidc.Tests.Federation.OddAnswers;

namespace McpOidc.Tests.Federation;

/// <summary>What an identity provider can do on a sign-in: its metadata and its responses. None of it counts as a fault of this
/// server.</summary>
public sealed class SignInBehaviourTests(IdentityProviderLoginTests.Fixture fixture)
    : IClassFixture<IdentityProviderLoginTests.Fixture>,
        IDisposable
{
    private static readonly Dictionary<string, Action<FaultyIdentityProvider>> s_peculiar = new()
    {
        ["null for the userinfo endpoint"] = idp => idp.Document = document => document["userinfo_endpoint"] = null,
        ["a number for the userinfo endpoint"] = idp => idp.Document = document => document["userinfo_endpoint"] = 7,
        ["a relative end_session_endpoint"] = idp => idp.Document = document => document["end_session_endpoint"] = "/logout",
        ["a text for the scopes"] = idp => idp.Document = document => document["scopes_supported"] = "openid",
        ["null for the algorithms"] = idp => idp.Document = document => document["id_token_signing_alg_values_supported"] = null,
        ["a member of any kind"] = idp => idp.Document = document => document["claims_supported"] = new JsonObject { ["a"] = 1 },
        ["the document as utf8"] = idp => idp.Script = http => SayAsync(idp, http, "application/json; charset=utf8", mark: false),
        ["the document with a byte order mark"] = idp => idp.Script = http => SayAsync(idp, http, "application/json", mark: true),
        ["the document as text"] = idp => idp.Script = http => SayAsync(idp, http, "text/plain", mark: false),
        ["a key that is broken"] = idp => idp.KeySet = AddKey(key => key["n"] = "###"),
        ["a key without its parts"] = idp => idp.KeySet = AddKey(key => key.Remove("n")),
        ["a key whose parts are numbers"] = idp => idp.KeySet = AddKey(key => key["n"] = 5),
        ["a key of an unknown type"] = idp => idp.KeySet = AddKey(key => key["kty"] = "OKP"),
        ["a key of no type"] = idp => idp.KeySet = AddKey(key => key.Remove("kty")),
        ["a point that is on no curve"] = idp =>
            idp.KeySet = AddKey(key => (key["kty"], key["crv"], key["x"], key["y"]) = ("EC", "P-256", "AAAA", "AAAA")),
        ["an EC key without a curve"] = idp => idp.KeySet = AddKey(key => key["kty"] = "EC"),
        ["a key that is a text"] = idp => idp.KeySet = set => set["keys"]!.AsArray().Insert(0, "key"),
        ["a key that is null"] = idp => idp.KeySet = set => set["keys"]!.AsArray().Insert(0, null),
        ["x5c as a text"] = idp => idp.KeySet = set => set["keys"]![0]!["x5c"] = "MIIC",
        ["x5c as an object"] = idp => idp.KeySet = set => set["keys"]![0]!["x5c"] = new JsonObject(),
        ["key_ops as a text"] = idp => idp.KeySet = set => set["keys"]![0]!["key_ops"] = "verify",
        ["a key without a kid"] = idp => idp.KeySet = set => set["keys"]![0]!.AsObject().Remove("kid"),
        ["three keys of one kid"] = idp =>
            idp.KeySet = set =>
            {
                AddKey(Replace)(set);
                AddKey(Replace)(set);
            },
        ["a numeric kid"] = idp =>
        {
            idp.KeySet = set => set["keys"]![0]!["kid"] = 7;
            idp.Forge = (header, payload) =>
            {
                header["kid"] = "7";
                return FaultyIdentityProvider.Sign(header, payload, idp.Key);
            };
        },
        ["a fraction for expires_in"] = idp => idp.TokenAnswer = answer => answer["expires_in"] = 5.5,
        ["a text for expires_in"] = idp => idp.TokenAnswer = answer => answer["expires_in"] = "soon",
        ["a huge expires_in"] = idp => idp.TokenAnswer = answer => answer["expires_in"] = 99999999999,
        ["null for expires_in"] = idp => idp.TokenAnswer = answer => answer["expires_in"] = null,
        ["a second audience without azp"] = idp =>
            idp.Claims = claims => claims["aud"] = new JsonArray(FaultyIdentityProvider.ClientId, "other-client"),
        ["a second audience and this server as azp"] = idp =>
            idp.Claims = claims =>
                (claims["aud"], claims["azp"]) = (
                    new JsonArray(FaultyIdentityProvider.ClientId, "other-client"),
                    FaultyIdentityProvider.ClientId
                ),
        ["a number for the subject"] = idp => idp.Claims = claims => claims["sub"] = 90071992547409931,
        ["a number for the subject, and userinfo"] = idp =>
        {
            idp.Claims = claims =>
            {
                claims["sub"] = 12;
                claims.Remove("email");
            };
            idp.UserInfo = answer => answer["sub"] = 12;
        },
        ["tokens as a form"] = idp => idp.FormAnswer = true,
        ["no refresh token"] = idp => idp.TokenAnswer = answer => answer.Remove("refresh_token"),
        ["null for scope"] = idp => idp.TokenAnswer = answer => answer["scope"] = null,
        ["an auth_time that no calendar has"] = idp => idp.Claims = claims => claims["auth_time"] = long.MaxValue,
        ["a negative expires_in"] = idp => idp.TokenAnswer = answer => answer["expires_in"] = -5,
        ["a list for expires_in"] = idp => idp.TokenAnswer = answer => answer["expires_in"] = new JsonArray(5),
        ["a number for the type of the token"] = idp => idp.TokenAnswer = answer => answer["token_type"] = 1,
        ["half an emoji in a name"] = idp =>
            Poor(idp).Script = http =>
                RawAsync(http, "/userinfo", """{"sub":"user-1","name":"\ud83d","groups":["\ud83d"],"email":"c@example.com"}"""),
        ["Latin-1 in a name"] = idp =>
            Poor(idp).Script = http => RawAsync(http, "/userinfo", "{\"sub\":\"user-1\",\"name\":\"J\u00fcrgen\"}", Encoding.Latin1),
        ["half an emoji as the name of a member"] = idp =>
            Poor(idp).Script = http => RawAsync(http, "/userinfo", """{"sub":"user-1","\ud83d":"name"}"""),
        ["half an emoji as a kid"] = idp =>
            idp.Script = http => RawAsync(http, "/jwks", $$"""{"keys":[{"kty":"RSA","kid":"\ud83d","n":"{{Modulus(idp)}}","e":"AQAB"}]}"""),
        ["the document from another address"] = idp =>
            idp.Script = async http =>
                http.Request.Path == "/moved"
                    ? await SayAsync(idp, http, "application/json", mark: false, path: "/moved")
                    : await RedirectAsync(http, "/.well-known/openid-configuration", 302, "/moved"),
        ["the document compressed without being asked for that"] = idp => idp.Script = http => CompressedAsync(idp, http),
        ["userinfo that fails"] = idp =>
        {
            idp.Claims = claims => claims.Remove("email");
            idp.Script = http => StatusAsync(http, "/userinfo", 500);
        },
    };

    private static readonly Dictionary<string, (Action<FaultyIdentityProvider> Lie, string Error, string Cause)> s_wrong = new()
    {
        ["a claim twice"] = (
            idp => idp.Forge = (header, payload) => Raw(idp, header, payload.ToJsonString()[..^1] + ",\"sub\":\"user-2\"}"),
            "server_error",
            "id_token_unreadable"
        ),
        ["an id_token that is no object"] = (
            idp => idp.Forge = (header, _) => Raw(idp, header, "[]"),
            "server_error",
            "id_token_unreadable"
        ),
        ["times that are texts"] = (idp => idp.Claims = claims => claims["exp"] = "tomorrow", "server_error", "id_token"),
        ["a time that no calendar has"] = (idp => idp.Claims = claims => claims["exp"] = 1e30, "server_error", "id_token"),
        ["an at_hash of another token"] = (idp => idp.Claims = claims => claims["at_hash"] = "AAAA", "server_error", "id_token_at_hash"),
        ["HS256"] = (
            idp => idp.Forge = (header, payload) => Forgery.Assemble(new() { ["alg"] = "HS256" }, payload, new byte[32]),
            "server_error",
            "It is signed with HS256; configure the provider"
        ),
        ["EdDSA"] = (
            idp => idp.Forge = (header, payload) => Forgery.Assemble(new() { ["alg"] = "EdDSA" }, payload, new byte[64]),
            "server_error",
            "It is signed with EdDSA, which .NET 10 cannot verify; configure the provider"
        ),
        ["two codes"] = (idp => idp.Callback = parameters => parameters["code"] += "&code=2", "server_error", "HTTP"),
        ["a wrong secret"] = (
            idp => idp.Script = http => ErrorAsync(http, 401, """{"error":"invalid_client"}"""),
            "server_error",
            "HTTP 401, invalid_client"
        ),
        ["an Entra ID code"] = (
            idp => idp.Script = http => ErrorAsync(http, 400, """{"error":"invalid_grant","error_description":"AADSTS70011: x y"}"""),
            "server_error",
            "invalid_grant AADSTS70011"
        ),
        ["a refusal as a form"] = (
            idp =>
            {
                idp.FormAnswer = true;
                idp.TokenAnswer = answer =>
                {
                    answer.Clear();
                    answer["error"] = "incorrect_client_credentials";
                };
            },
            "server_error",
            "HTTP 200, incorrect_client_credentials"
        ),
        ["a member twice in a form"] = (
            idp =>
                idp.Script = http =>
                    ErrorAsync(http, 200, "access_token=a&access_token=b&token_type=bearer", "application/x-www-form-urlencoded"),
            "server_error",
            "no_access_token"
        ),
        ["a list"] = (idp => idp.Script = http => ErrorAsync(http, 200, "[]"), "server_error", "no_access_token"),
        ["an extension that must be understood"] = (
            idp =>
                idp.Forge = (header, payload) =>
                {
                    (header["crit"], header["b64"]) = (new JsonArray("b64"), true);
                    return FaultyIdentityProvider.Sign(header, payload, idp.Key);
                },
            "server_error",
            "which names an unknown extension"
        ),
        ["a subject that is half an emoji"] = (
            idp =>
                idp.Forge = (header, payload) =>
                    Raw(idp, header, payload.ToJsonString().Replace("user-1", "\\ud83d", StringComparison.Ordinal)),
            "server_error",
            "id_token"
        ),
        ["an access token that is half an emoji"] = (
            idp => idp.Script = http => ErrorAsync(http, 200, """{"access_token":"\ud83d","token_type":"Bearer"}"""),
            "server_error",
            "no_access_token"
        ),
        ["no content"] = (idp => idp.Script = http => StatusAsync(http, "/token", 204), "server_error", "HTTP 204"),
        ["a redirect that repeats the request"] = (
            idp => idp.Script = http => RedirectAsync(http, "/token", 307, "/elsewhere"),
            "server_error",
            "HTTP 307"
        ),
        ["a redirect to a page"] = (idp => idp.Script = http => RedirectAsync(http, "/token", 302, "/login"), "server_error", "HTTP 302"),
        ["no iss in the callback, although it announces one"] = (
            idp => idp.Document = document => document["authorization_response_iss_parameter_supported"] = true,
            "server_error",
            "callback_issuer"
        ),
        ["a token endpoint without TLS"] = (
            idp => idp.Document = document => document["token_endpoint"] = "http://idp.example.com/token",
            "temporarily_unavailable",
            "discovery_token_endpoint"
        ),
        ["an error that names another issuer"] = (
            idp =>
                idp.Callback = parameters =>
                {
                    parameters.Remove("code");
                    (parameters["error"], parameters["iss"]) = ("access_denied", "https://other.example.com");
                },
            "server_error",
            "callback_issuer"
        ),
        ["an error that names itself"] = (
            idp =>
                idp.Callback = parameters =>
                {
                    parameters.Remove("code");
                    (parameters["error"], parameters["iss"]) = ("access_denied", idp.Issuer);
                },
            "access_denied",
            "access_denied"
        ),
        ["an outage"] = (idp => idp.Script = http => StatusAsync(http, "/token", 503), "temporarily_unavailable", "http_503"),
        ["keys of which none is whole"] = (idp => idp.KeySet = set => set["keys"]![0]!["n"] = "###", "server_error", "id_token_key"),
    };

    public static TheoryData<string> Peculiar => [.. s_peculiar.Keys];

    public static TheoryData<string> Wrong => [.. s_wrong.Keys];

    [Theory]
    [MemberData(nameof(Peculiar))]
    public async Task People_can_sign_in_at_a_provider_that_sends(string peculiarity)
    {
        var (idp, system) = (fixture.Idp, fixture.System);
        idp.Clock = system.Clock;
        s_peculiar[peculiarity](idp);
        system.Clock.Advance(TimeSpan.FromMinutes(61));
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(200, tokens.Status);

        Assert.Equal(200, await LogOutAsync(client, peculiarity));
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    // A server that already knows the provider keeps using what it knows.
    [Theory]
    [InlineData("the document from another address")]
    [InlineData("the document compressed without being asked for that")]
    [InlineData("half an emoji as a kid")]
    public async Task The_first_person_can_sign_in_at_a_provider_that_publishes(string peculiarity)
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        s_peculiar[peculiarity](idp);
        await using var signedIn = await SignedInSystem.StartAsync(options => options.Provider = idp.Settings);
        Assert.Equal(200, signedIn.Tokens.Status);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task The_log_names_the_cause_when_the_provider_sends(string lie)
    {
        var (idp, system) = (fixture.Idp, fixture.System);
        idp.Clock = system.Clock;
        s_wrong[lie].Lie(idp);
        system.Clock.Advance(TimeSpan.FromMinutes(61));
        var before = system.Server.Logs.Lines.Count;
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();

        var result = await client.AuthorizeAsync(browser);

        if (lie != "two codes")
        {
            Assert.Equal(s_wrong[lie].Error, result.Query("error"));
        }

        var lines = system.Server.Logs.Lines.Skip(before).ToList();
        Assert.Contains(lines, line => line.Contains(s_wrong[lie].Cause, StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("Error ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Claims_missing_from_the_id_token_are_fetched_from_userinfo_even_as_a_JWT(bool isJwt, bool isNull)
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        idp.Claims = claims =>
        {
            claims.Remove("email");
            if (isNull)
            {
                claims["email"] = null;
            }
        };
        if (isJwt)
        {
            idp.Script = async http =>
            {
                if (http.Request.Path != "/userinfo")
                {
                    return false;
                }

                http.Response.ContentType = "application/jwt";
                await http.Response.WriteAsync(
                    FaultyIdentityProvider.Sign(
                        new() { ["alg"] = "RS256", ["kid"] = "key-1" },
                        new()
                        {
                            ["iss"] = idp.Issuer,
                            ["aud"] = FaultyIdentityProvider.ClientId,
                            ["sub"] = "user-1",
                            ["email"] = "other@example.com",
                        },
                        idp.Key
                    )
                );
                return true;
            };
        }

        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            options.Map = SessionEndpoint.Map;
        });

        Assert.Equal("other@example.com", (await SessionEndpoint.ReadAsync(signedIn))["claims"]!["email"]!.ToString());
        Assert.Equal(1, idp.UserInfoRequests);
    }

    [Fact]
    public async Task An_address_is_not_verified_by_what_userinfo_says_of_another()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        idp.UserInfo = answer => answer["email_verified"] = true;
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            options.Map = SessionEndpoint.Map;
            options.Set("McpOidc:IdentityProvider:LoadUserInfo", "true");
        });

        var claims = (await SessionEndpoint.ReadAsync(signedIn))["claims"]!;

        Assert.Equal(("carol@example.com", "physics"), (claims["email"]!.ToString(), claims["department"]!.ToString()));
        Assert.Null(claims["email_verified"]);
    }

    // The token comes from the provider itself, over a connection we opened.
    [Fact]
    public async Task A_second_key_rotation_is_noticed_after_two_seconds()
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        await using var system = await TestSystem.StartAsync(options => options.Provider = idp.Settings);
        using var client = system.CreateClient();
        using var browser = new Browser();
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
        for (var change = 0; change < 2; change++)
        {
            idp.RotateKey();
            system.Clock.Advance(TimeSpan.FromSeconds(3));
            using var other = new Browser();
            Assert.Equal(200, (await client.SignInAsync(other)).Status);
        }
    }

    // As the provider would sign it: about the same user, with the same key.
    private async Task<int> LogOutAsync(OAuthClient client, string peculiarity)
    {
        var claims = new JsonObject { ["sub"] = "user-1" };
        fixture.Idp.Claims?.Invoke(claims);
        var token = fixture.Idp.CreateLogoutToken(
            payload => payload["sub"] = claims["sub"]!.DeepClone(),
            header => header["kid"] = peculiarity == "a numeric kid" ? "7" : header["kid"]!.DeepClone()
        );
        using var form = new FormUrlEncodedContent([new("logout_token", token)]);
        using var response = await client.Http.PostAsync(client.Issuer + "/oauth/backchannel-logout", form);
        return (int)response.StatusCode;
    }

    public void Dispose()
    {
        var idp = fixture.Idp;
        (idp.Claims, idp.Forge, idp.TokenAnswer, idp.Callback, idp.UserInfo) = (null, null, null, null, null);
        (idp.Document, idp.KeySet, idp.Script, idp.FormAnswer) = (null, null, null, false);
    }
}
