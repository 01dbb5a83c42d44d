using System.Text.Json.Nodes;
using McpOidc.Tests.DPoP;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token.IdentityAssertion;

/// <summary>Enterprise-Managed Authorization with ID-JAG (security cases C31 to C33).</summary>
public sealed class IdentityAssertionTests(IdentityAssertionTests.Fixture fixture)
    : IClassFixture<IdentityAssertionTests.Fixture>,
        IDisposable
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const string Elsewhere = "https://other.example/mcp";
    private readonly OAuthClient _client = fixture.System.CreateClient("agent");

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task An_assertion_gives_a_token_for_the_person_that_the_MCP_server_accepts()
    {
        var tokens = await AskAsync(Assertion(), ("scope", "files:read"));
        Assert.Equal(200, tokens.Status);
        Assert.Equal(("Bearer", "files:read"), (tokens["token_type"], tokens["scope"]));
        Assert.Null(tokens["refresh_token"]);
        var token = Jwt.Read(tokens.AccessToken);
        Assert.Equal(("agent", _client.Resource), (token["client_id"], token["aud"]));
        using var called = await _client.CallAsync(fixture.System.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(token["sub"], await called.Content.ReadAsStringAsync());

        var again = Jwt.Read((await AskAsync(Assertion())).AccessToken);
        Assert.Equal(token["sub"], again["sub"]);
        Assert.NotEqual(token["sub"], Jwt.Read((await AskAsync(Assertion(payload => payload["sub"] = "bob"))).AccessToken)["sub"]);
    }

    [Fact]
    public async Task The_metadata_lists_grant_type_and_profile_only_if_a_client_may_use_them()
    {
        var document = await MetadataAsync(_client);
        Assert.Contains(GrantType, document["grant_types_supported"]!.AsArray().Select(item => item!.ToString()));
        Assert.Equal(
            "urn:ietf:params:oauth:grant-profile:id-jag",
            Assert.Single(document["authorization_grant_profiles_supported"]!.AsArray())!.ToString()
        );
        await using var without = await TestSystem.StartAsync();
        using var other = without.CreateClient();
        Assert.Null((await MetadataAsync(other))["authorization_grant_profiles_supported"]);
        Assert.Equal(
            "unsupported_grant_type",
            (await other.TokenAsync([("grant_type", GrantType), ("assertion", "x"), ("client_id", "agent")])).Error
        );
    }

    public static TheoryData<string, Action<JsonObject>> Wrong =>
        new()
        {
            { "audience of another server", payload => payload["aud"] = "https://other.example" },
            { "audience with a slash", payload => payload["aud"] = payload["aud"] + "/" },
            { "audience of several", payload => payload["aud"] = new JsonArray(payload["aud"]!.DeepClone(), "https://other.example") },
            { "no audience", payload => payload.Remove("aud") },
            { "another client", payload => payload["client_id"] = "other" },
            { "no client", payload => payload.Remove("client_id") },
            { "unknown resource", payload => payload["resource"] = "https://unknown.example/mcp" },
            { "resource that the client may not have", payload => payload["resource"] = Elsewhere },
            { "no resource", payload => payload.Remove("resource") },
            { "untrusted issuer", payload => payload["iss"] = "https://evil.example" },
            { "expired", payload => payload["exp"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 120 },
            { "far end", payload => payload["exp"] = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds() },
            { "no end", payload => payload.Remove("exp") },
            { "issued in the future", payload => payload["iat"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds() },
            { "not issued at all", payload => payload.Remove("iat") },
            { "no id", payload => payload.Remove("jti") },
            { "nobody", payload => payload.Remove("sub") },
        };

    // C31
    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task An_assertion_is_refused_with(string what, Action<JsonObject> change)
    {
        Assert.NotEmpty(what);
        AssertRefused(await AskAsync(Assertion(change)));
    }

    // C31
    [Theory]
    [InlineData("JWT")]
    [InlineData("at+jwt")]
    [InlineData(null)]
    public async Task Other_tokens_signed_by_the_issuer_are_not_assertions(string? type) =>
        AssertRefused(await AskAsync(fixture.Provider.Key.Sign(Payload(), type)));

    [Fact]
    public async Task Keys_and_algorithms_come_from_the_issuer_regardless_of_the_header()
    {
        using var other = new ClientKey();
        JsonObject header = new() { ["alg"] = "none", ["typ"] = AssertingProvider.Type };
        AssertRefused(await AskAsync(other.Sign(Payload(), AssertingProvider.Type)));
        AssertRefused(
            await AskAsync(
                other.Sign(Payload(), AssertingProvider.Type, header => header["kid"] = fixture.Provider.Key.PublicJwk["kid"]!.DeepClone())
            )
        );
        AssertRefused(await AskAsync(other.Sign(Payload(), AssertingProvider.Type, header => header["jwk"] = other.PublicJwk)));
        AssertRefused(await AskAsync(Forgery.Assemble(header, Payload(), hmacKey: null)));
        header["alg"] = "HS256";
        AssertRefused(await AskAsync(Forgery.Assemble(header, Payload(), fixture.Provider.Key.PublicBytes())));
        AssertRefused(await AskAsync("no.jwt.atall"));
        Assert.Equal("invalid_request", (await AskAsync(null)).Error);
    }

    // C38: an assertion that names a key is valid only for the holder of that key (RFC 7800 §3).
    [Fact]
    public async Task An_assertion_bound_to_a_key_requires_a_proof_of_that_key()
    {
        using var key = new ClientKey();
        using var other = new ClientKey();
        var bound = Assertion(payload => payload["cnf"] = new JsonObject { ["jkt"] = key.Thumbprint() });
        AssertRefused(await AskAsync(bound));
        _client.Proof = url => other.Proof("POST", url);
        AssertRefused(await AskAsync(bound));
        _client.Proof = url => key.Proof("POST", url);
        var tokens = await AskAsync(bound);
        Assert.Equal("DPoP", tokens["token_type"]);
        Assert.Equal(key.Thumbprint(), Jwt.Read(tokens.AccessToken).Payload["cnf"]!["jkt"]!.ToString());
    }

    // C38: nor is an assertion valid if its binding cannot be verified here.
    [Theory]
    [InlineData("""{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}""")]
    [InlineData("""{"jkt":null}""")]
    [InlineData("""{"jkt":["a"]}""")]
    [InlineData("""{}""")]
    [InlineData("\"text\"")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    public async Task An_assertion_with_an_invalid_confirmation_claim_is_refused(string confirmation)
    {
        using var key = new ClientKey();
        foreach (var proof in new Func<string, string?>?[] { null, url => key.Proof("POST", url) })
        {
            _client.Proof = proof;
            AssertRefused(await AskAsync(Assertion(payload => payload["cnf"] = JsonNode.Parse(confirmation))));
        }
    }

    // C32
    [Fact]
    public async Task An_assertion_is_accepted_only_once()
    {
        var assertion = Assertion();
        var answers = await Task.Run(() => Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AskAsync(assertion))));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal(19, answers.Count(answer => answer.Error == "invalid_grant"));
    }

    [Fact]
    public async Task An_assertion_presented_by_another_client_is_refused_and_not_used_up()
    {
        var assertion = Assertion();
        using var other = fixture.System.CreateClient("other");
        AssertRefused(await other.TokenAsync([("grant_type", GrantType), ("assertion", assertion)]));
        Assert.Equal(200, (await AskAsync(assertion)).Status);
    }

    // C33
    [Theory]
    [InlineData(null, "files:read files:write admin", "files:read files:write")]
    [InlineData("files:read admin openid", "files:read files:write admin", "files:read")]
    [InlineData("files:read files:write", "files:write", "files:write")]
    [InlineData("openid email profile", "files:read", "files:read")]
    [InlineData("openid email profile", "files:read openid email", "openid email")]
    [InlineData(null, "files:read openid offline_access", "files:read openid")]
    [InlineData(null, null, null)]
    public async Task The_scopes_are_those_common_to_request_assertion_and_client(string? asked, string? asserted, string? granted)
    {
        var tokens = await AskAsync(Assertion(payload => payload["scope"] = asserted), ("scope", asked));
        Assert.Equal(200, tokens.Status);
        Assert.Equal(granted, tokens["scope"]);
        Assert.Equal(granted, Jwt.Read(tokens.AccessToken)["scope"]);
        Assert.Null(tokens["id_token"]);
    }

    [Theory]
    [InlineData("scope", "admin", "invalid_scope")]
    [InlineData("resource", Elsewhere, "invalid_grant")]
    [InlineData("client_secret", "wrong", "invalid_client")]
    [InlineData("client_secret", null, "invalid_client")]
    public async Task A_request_cannot_ask_for_more_than_the_assertion_allows(string parameter, string? value, string error) =>
        Assert.Equal(error, (await AskAsync(Assertion(), (parameter, value))).Error);

    [Fact]
    public async Task A_self_registered_client_cannot_use_an_identity_assertion()
    {
        using var client = fixture.System.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["token_endpoint_auth_method"] = "client_secret_post";
        await client.RegisterAsync(metadata);
        Assert.Equal(
            "unauthorized_client",
            (
                await client.TokenAsync([
                    ("grant_type", GrantType),
                    ("assertion", Assertion(payload => payload["client_id"] = client.ClientId)),
                ])
            ).Error
        );
    }

    [Fact]
    public async Task Revoking_the_token_invalidates_it()
    {
        var tokens = await AskAsync(Assertion());
        Assert.Equal(200, (await _client.PostAsync("/token/revocation", [("token", tokens.AccessToken)])).Status);
        fixture.System.Clock.Advance(TimeSpan.FromSeconds(2));
        using var called = await _client.CallAsync(fixture.System.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(401, (int)called.StatusCode);
    }

    [Fact]
    public async Task A_new_key_of_the_issuer_is_fetched_and_a_silent_issuer_yields_503_with_Retry_After()
    {
        await using var provider = new AssertingProvider();
        await using var system = await StartAsync(provider);
        using var client = system.CreateClient("agent");
        var silent = await client.TokenAsync([
            ("grant_type", GrantType),
            ("assertion", provider.Key.Sign(provider.Payload(client.Issuer, client.Resource, "agent"), AssertingProvider.Type)),
        ]);
        Assert.Equal((503, "temporarily_unavailable"), (silent.Status, silent.Error));
        Assert.NotNull(silent.Headers.RetryAfter);

        await provider.StartAsync();
        system.Clock.Advance(TimeSpan.FromSeconds(3));
        var first = client.TokenAsync([
            ("grant_type", GrantType),
            ("assertion", provider.Key.Sign(provider.Payload(client.Issuer, client.Resource, "agent"), AssertingProvider.Type)),
        ]);
        Assert.Equal(200, (await first).Status);

        provider.Key.Dispose();
        provider.Key = new ClientKey();
        system.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(
            200,
            (
                await client.TokenAsync([
                    ("grant_type", GrantType),
                    ("assertion", provider.Key.Sign(provider.Payload(client.Issuer, client.Resource, "agent"), AssertingProvider.Type)),
                ])
            ).Status
        );
    }

    [Fact]
    public async Task No_assertion_is_ever_logged_or_stored()
    {
        var good = Assertion();
        var bad = Assertion(payload => payload["aud"] = "https://other.example");
        await AskAsync(good);
        await AskAsync(bad);
        var lines = fixture.System.Sites.SelectMany(site => site.Logs.Lines).ToList();
        Assert.Contains(lines, line => line.Contains("2202", StringComparison.Ordinal));
        Assert.All(
            new[] { good, bad },
            assertion => Assert.DoesNotContain(lines, line => line.Contains(assertion.Split('.')[1], StringComparison.Ordinal))
        );
    }

    private static async Task<JsonNode> MetadataAsync(OAuthClient client) =>
        JsonNode.Parse(await client.Http.GetStringAsync(client.Issuer + "/.well-known/oauth-authorization-server"))!;

    private static void AssertRefused(TokenAnswer answer) => Assert.Equal((400, "invalid_grant"), (answer.Status, answer.Error));

    private JsonObject Payload() => fixture.Provider.Payload(_client.Issuer, _client.Resource, _client.ClientId);

    private string Assertion(Action<JsonObject>? change = null)
    {
        var payload = Payload();
        change?.Invoke(payload);
        return fixture.Provider.Key.Sign(payload, AssertingProvider.Type);
    }

    private Task<TokenAnswer> AskAsync(string? assertion, params (string, string?)[] parameters) =>
        _client.TokenAsync([("grant_type", GrantType), ("assertion", assertion), .. parameters]);

    private static Task<TestSystem> StartAsync(AssertingProvider provider) =>
        TestSystem.StartAsync(options =>
        {
            var resource = $"http://localhost:{options.ServerPort}/mcp";
            options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
            options.Set("McpOidc:Resources:0:Scopes:1", "files:write");
            options.Set("McpOidc:Resources:0:Scopes:2", "admin");
            options.Set("McpOidc:Resources:1:Uri", Elsewhere);
            options.Set("McpOidc:IdentityAssertion:Issuers:0", provider.Issuer);
            options.AddClient(
                0,
                "agent",
                key: null,
                ("GrantTypes:0", GrantType),
                ("Scopes:0", "files:read"),
                ("Scopes:1", "files:write"),
                ("Resources:0", resource)
            );
            options.AddClient(1, "other", key: null, ("GrantTypes:0", GrantType), ("Scopes:0", "files:read"), ("Resources:0", resource));
        });

    public sealed class Fixture : IAsyncLifetime
    {
        public AssertingProvider Provider { get; } = new();

        public TestSystem System { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            await Provider.StartAsync();
            System = await StartAsync(Provider);
        }

        public async Task DisposeAsync()
        {
            await System.DisposeAsync();
            await Provider.DisposeAsync();
        }
    }
}
