using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Token.ClientAuthentication;

/// <summary><c>private_key_jwt</c> (RFC 7523 §3, security case C14).</summary>
public sealed class PrivateKeyJwtTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IAsyncLifetime
{
    private readonly ClientKey _key = new();
    private readonly Browser _browser = new();
    private OAuthClient _client = null!;

    public async Task InitializeAsync()
    {
        _client = await RegisterAsync(_key);
        _client.Key = _key;
    }

    public Task DisposeAsync()
    {
        _client.Dispose();
        _key.Dispose();
        _browser.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("JWT")]
    [InlineData(null)]
    [InlineData("client-authentication+jwt")]
    [InlineData("application/client-authentication+jwt")]
    public async Task An_assertion_is_accepted_with_any_of_the_known_types(string? type) =>
        Assert.Equal("invalid_grant", (await AskAsync(_key.Assert(_client.ClientId, _client.Issuer, type: type))).Error);

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/token")]
    [InlineData("/request")]
    [InlineData("/device_authorization")]
    [InlineData("/token/introspection")]
    [InlineData("/token/revocation")]
    [InlineData("/revoke")]
    public async Task The_audience_is_the_issuer_and_the_URL_of_an_endpoint_that_accepts_assertions_is_tolerated(string suffix) =>
        Assert.Equal("invalid_grant", (await AskAsync(_key.Assert(_client.ClientId, _client.Issuer + suffix))).Error);

    [Fact]
    public async Task Several_audiences_are_accepted_if_all_belong_to_this_server() =>
        Assert.Equal(
            "invalid_grant",
            (
                await AskAsync(
                    _key.Assert(
                        _client.ClientId,
                        _client.Issuer,
                        payload => payload["aud"] = new JsonArray(_client.Issuer, _client.Issuer + "/token")
                    )
                )
            ).Error
        );

    [Fact]
    public async Task An_assertion_works_at_every_endpoint_that_authenticates_clients()
    {
        var tokens = await _client.RedeemAsync(await _client.GetCodeAsync(_browser));
        Assert.Equal(200, tokens.Status);
        var refreshed = await _client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(200, refreshed.Status);
        Assert.Equal("true", (await _client.PostAsync("/token/introspection", [("token", refreshed.AccessToken)]))["active"]);
        Assert.Equal(200, (await _client.PostAsync("/token/revocation", [("token", refreshed.RefreshToken)])).Status);
        Assert.Equal("invalid_grant", (await _client.RefreshAsync(refreshed.RefreshToken)).Error);
    }

    [Fact]
    public async Task The_client_id_parameter_may_be_omitted_because_the_assertion_names_the_client()
    {
        var answer = await _client.TokenAsync([
            ("grant_type", "authorization_code"),
            ("code", await _client.GetCodeAsync(_browser)),
            ("redirect_uri", _client.RedirectUri),
            ("code_verifier", _client.Verifier),
            ("client_id", null),
        ]);
        Assert.Equal(200, answer.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_assertion_is_accepted_only_once_with_or_without_an_id(bool hasId)
    {
        var assertion = _key.Assert(_client.ClientId, _client.Issuer, payload => payload.Remove(hasId ? "" : "jti"));
        Assert.Equal("invalid_grant", (await AskAsync(assertion)).Error);
        AssertRefused(await AskAsync(assertion));
        AssertRefused(await _client.PostAsync("/token/revocation", [("token", "any"), ("client_assertion", assertion)]));
    }

    [Fact]
    public async Task Exactly_one_of_fifty_parallel_requests_with_the_same_assertion_is_authenticated()
    {
        var assertion = _key.Assert(_client.ClientId, _client.Issuer);
        var answers = await Task.Run(() => Task.WhenAll(Enumerable.Range(0, 50).Select(_ => AskAsync(assertion))));
        Assert.Single(answers, answer => answer.Error == "invalid_grant");
        Assert.Equal(49, answers.Count(answer => answer.Error == "invalid_client"));
    }

    [Fact]
    public async Task The_same_assertion_id_from_another_client_is_a_different_assertion()
    {
        using var otherKey = new ClientKey();
        using var other = await RegisterAsync(otherKey);
        var id = Guid.NewGuid().ToString();
        Assert.Equal(
            "invalid_grant",
            (await AskAsync(_key.Assert(_client.ClientId, _client.Issuer, payload => payload["jti"] = id))).Error
        );
        other.Key = otherKey;
        Assert.Equal(
            "invalid_grant",
            (
                await other.TokenAsync([
                    .. Request,
                    ("client_assertion", otherKey.Assert(other.ClientId, other.Issuer, payload => payload["jti"] = id)),
                ])
            ).Error
        );
    }

    public static TheoryData<string, Action<JsonObject>> Wrong =>
        new()
        {
            { "audience of another server", payload => payload["aud"] = "https://other.example" },
            {
                "audience of several servers",
                payload => payload["aud"] = new JsonArray(payload["aud"]!.DeepClone(), "https://other.example")
            },
            { "no audience", payload => payload.Remove("aud") },
            { "expired", payload => payload["exp"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 120 },
            { "no end", payload => payload.Remove("exp") },
            { "far end", payload => payload["exp"] = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds() },
            { "not valid yet", payload => payload["nbf"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds() },
            { "issued in the future", payload => payload["iat"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds() },
            { "issuer of another", payload => payload["iss"] = "someone" },
            { "subject of another", payload => payload["sub"] = "someone" },
            { "both of another", payload => (payload["iss"], payload["sub"]) = ("someone", "someone") },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task An_assertion_is_refused_with(string what, Action<JsonObject> change)
    {
        Assert.NotEmpty(what);
        AssertRefused(await AskAsync(_key.Assert(_client.ClientId, _client.Issuer, change)));
    }

    [Fact]
    public async Task Keys_and_algorithms_come_from_the_registration_regardless_of_the_header()
    {
        using var other = new ClientKey();
        var payload = JwtReader.Payload(_key.Assert(_client.ClientId, _client.Issuer));
        JsonObject header = new() { ["alg"] = "none", ["typ"] = "JWT" };
        AssertRefused(await AskAsync(other.Assert(_client.ClientId, _client.Issuer)));
        AssertRefused(await AskAsync(Forgery.Assemble(header, payload, hmacKey: null)));
        header["alg"] = "HS256";
        AssertRefused(await AskAsync(Forgery.Assemble(header, payload, _key.PublicBytes())));
        AssertRefused(await AskAsync(Forgery.Assemble(header, payload, Base64UrlEncoder.DecodeBytes(_key.PublicJwk["x"]!.ToString()))));
        AssertRefused(await AskAsync(other.Sign(payload, "JWT", header => header["jwk"] = other.PublicJwk)));
        AssertRefused(await AskAsync(other.Sign(payload, "JWT", header => header["jku"] = "https://evil.example/jwks")));
        AssertRefused(await AskAsync(other.Sign(payload, "JWT", header => header["kid"] = "../../etc/passwd")));
        AssertRefused(await AskAsync(_key.Sign(payload, "JWT", header => header["crit"] = new JsonArray("b64"))));
        AssertRefused(await AskAsync(_key.Sign(payload, "at+jwt")));
        AssertRefused(await AskAsync("no.jwt.atall"));
        AssertRefused(await AskAsync(new string('a', 20_000)));
    }

    [Fact]
    public async Task Clients_not_registered_for_assertions_cannot_use_one_and_unknown_clients_get_the_same_response()
    {
        using var basic = await fixture.RegisterAsync(change: metadata =>
            (metadata["token_endpoint_auth_method"], metadata["jwks"]) = ("client_secret_basic", _key.Jwks)
        );
        using var none = await fixture.RegisterAsync(change: metadata => metadata["jwks"] = _key.Jwks);
        var answers = new List<TokenAnswer>();
        foreach (var id in new[] { basic.ClientId, none.ClientId, "nobody" })
        {
            answers.Add(await _client.TokenAsync([.. Request, ("client_id", id), ("client_assertion", _key.Assert(id, _client.Issuer))]));
        }

        Assert.All(answers, AssertRefused);
        Assert.Single(answers.Select(answer => answer.Body.ToJsonString()).Distinct());
    }

    [Fact]
    public async Task A_client_registered_for_private_key_jwt_cannot_omit_the_assertion()
    {
        _client.Key = null;
        AssertRefused(await _client.TokenAsync(Request));
        AssertRefused(await _client.TokenAsync([.. Request, ("client_secret", "anything")]));
    }

    private static (string, string?)[] Request =>
        [
            ("grant_type", "authorization_code"),
            ("code", "made.up"),
            ("redirect_uri", OAuthClient.DefaultRedirectUri),
            ("code_verifier", new string('v', 43)),
        ];

    /// <summary>Sends a worthless code: <c>invalid_grant</c> means that the client itself was authenticated.</summary>
    private Task<TokenAnswer> AskAsync(string assertion) => _client.TokenAsync([.. Request, ("client_assertion", assertion)]);

    private static void AssertRefused(TokenAnswer answer) => Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));

    private Task<OAuthClient> RegisterAsync(ClientKey key) =>
        fixture.RegisterAsync(change: metadata =>
            (metadata["token_endpoint_auth_method"], metadata["jwks"]) = ("private_key_jwt", key.Jwks)
        );
}
