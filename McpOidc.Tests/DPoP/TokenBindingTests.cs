using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.DPoP;

/// <summary>DPoP at the authorization server (RFC 9449 §5, §6, §10).</summary>
public sealed class TokenBindingTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IAsyncLifetime
{
    private readonly ClientKey _key = new();
    private readonly ClientKey _other = new();
    private readonly Browser _browser = new();
    private OAuthClient _client = null!;

    public static TheoryData<string, Func<ClientKey, string, string, string?, string>> Wrong => Proofs.Wrong;

    public async Task InitializeAsync()
    {
        _client = await fixture.RegisterAsync();
        _client.Proof = url => _key.Proof("POST", url);
    }

    public Task DisposeAsync()
    {
        _client.Dispose();
        _browser.Dispose();
        _key.Dispose();
        _other.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task The_metadata_lists_the_proof_algorithms()
    {
        var document = JsonNode.Parse(await _client.Http.GetStringAsync(_client.Issuer + "/.well-known/oauth-authorization-server"))!;
        var algorithms = document["dpop_signing_alg_values_supported"]!.AsArray().Select(item => item!.ToString()).ToList();
        Assert.Contains("ES256", algorithms);
        Assert.DoesNotContain(algorithms, algorithm => algorithm == "none" || algorithm.StartsWith("HS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_requested_with_a_proof_is_bound_to_its_key_and_the_response_says_so()
    {
        var tokens = await _client.SignInAsync(_browser);
        Assert.Equal("DPoP", tokens["token_type"]);
        Assert.Equal(_key.Thumbprint(), Jwt.Read(tokens.AccessToken).Payload["cnf"]!["jkt"]!.ToString());

        _client.Proof = null;
        var plain = await _client.SignInAsync(_browser);
        Assert.Equal("Bearer", plain["token_type"]);
        Assert.Null(Jwt.Read(plain.AccessToken)["cnf"]);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task An_invalid_proof_is_refused(string what, Func<ClientKey, string, string, string?, string> make)
    {
        Assert.NotEmpty(what);
        var code = await _client.GetCodeAsync(_browser);
        _client.Proof = url => make(_key, "POST", url, null);
        var refused = await _client.RedeemAsync(code);
        Assert.Equal((400, "invalid_dpop_proof"), (refused.Status, refused.Error));

        // The code is still valid for a client that sends a correct proof.
        _client.Proof = url => _key.Proof("POST", url);
        Assert.Equal(200, (await _client.RedeemAsync(code)).Status);
    }

    [Fact]
    public async Task A_proof_is_accepted_once()
    {
        var proof = _key.Proof("POST", _client.Issuer + "/token");
        _client.Proof = _ => proof;
        Assert.Equal("DPoP", (await _client.SignInAsync(_browser))["token_type"]);
        Assert.Equal("invalid_dpop_proof", (await _client.SignInAsync(_browser)).Error);
    }

    [Fact]
    public async Task The_URL_in_a_proof_is_compared_without_its_query_and_ignoring_the_case_of_its_host()
    {
        _client.Proof = url => _key.Proof("POST", url.Replace("localhost", "LOCALHOST", StringComparison.Ordinal) + "?a=b");
        Assert.Equal("DPoP", (await _client.SignInAsync(_browser))["token_type"]);
    }

    [Fact]
    public async Task Refresh_tokens_of_a_public_client_are_bound_to_the_key()
    {
        var tokens = await _client.SignInAsync(_browser);
        _client.Proof = null;
        Assert.Equal("invalid_dpop_proof", (await _client.RefreshAsync(tokens.RefreshToken)).Error);
        _client.Proof = url => _other.Proof("POST", url);
        Assert.Equal("invalid_grant", (await _client.RefreshAsync(tokens.RefreshToken)).Error);

        _client.Proof = url => _key.Proof("POST", url);
        var refreshed = await _client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal("DPoP", refreshed["token_type"]);
        Assert.Equal(_key.Thumbprint(), Jwt.Read(refreshed.AccessToken).Payload["cnf"]!["jkt"]!.ToString());
        Assert.Equal(refreshed.RefreshToken, (await _client.RefreshAsync(tokens.RefreshToken)).RefreshToken);
    }

    [Fact]
    public async Task A_public_client_that_starts_using_proofs_at_a_refresh_is_bound_from_then_on()
    {
        _client.Proof = null;
        var plain = await _client.SignInAsync(_browser);
        _client.Proof = url => _key.Proof("POST", url);
        var bound = await _client.RefreshAsync(plain.RefreshToken);
        Assert.Equal("DPoP", bound["token_type"]);
        _client.Proof = null;
        Assert.Equal("invalid_dpop_proof", (await _client.RefreshAsync(bound.RefreshToken)).Error);
    }

    // RFC 9449 §5: a confidential client authenticates anyway, and may change its key.
    [Fact]
    public async Task Refresh_tokens_of_a_confidential_client_are_not_bound_to_the_key()
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = "client_secret_post");
        client.Proof = url => _key.Proof("POST", url);
        var tokens = await client.SignInAsync(_browser);
        client.Proof = url => _other.Proof("POST", url);
        var refreshed = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(_other.Thumbprint(), Jwt.Read(refreshed.AccessToken).Payload["cnf"]!["jkt"]!.ToString());
    }

    [Fact]
    public async Task A_code_bound_by_the_authorization_request_requires_a_proof_by_its_key()
    {
        var code = await _client.GetCodeAsync(_browser, ("dpop_jkt", _key.Thumbprint()));
        _client.Proof = null;
        Assert.Equal("invalid_dpop_proof", (await _client.RedeemAsync(code)).Error);
        _client.Proof = url => _other.Proof("POST", url);
        Assert.Equal("invalid_grant", (await _client.RedeemAsync(code)).Error);
        _client.Proof = url => _key.Proof("POST", url);
        Assert.Equal("DPoP", (await _client.RedeemAsync(code))["token_type"]);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("not base64url, but as long as a thumbprint")]
    public async Task A_malformed_thumbprint_yields_invalid_request(string thumbprint) =>
        Assert.Equal("invalid_request", (await _client.AuthorizeAsync(_browser, ("dpop_jkt", thumbprint))).Query("error"));

    // RFC 9449 §10.1
    [Fact]
    public async Task A_proof_sent_with_a_pushed_request_binds_the_code()
    {
        (string, string?)[] request =
        [
            ("response_type", "code"),
            ("redirect_uri", _client.RedirectUri),
            ("scope", "openid"),
            ("state", "s"),
            ("code_challenge", _client.Challenge),
            ("code_challenge_method", "S256"),
            ("resource", _client.Resource),
        ];
        Assert.Equal("invalid_request", (await _client.PostAsync("/request", [.. request, ("dpop_jkt", _other.Thumbprint())])).Error);
        var pushed = await _client.PostAsync("/request", request);
        Assert.Equal(201, pushed.Status);
        var authorized = await _browser.OpenAsync(
            $"{_client.Issuer}/authorize?client_id={_client.ClientId}&request_uri={pushed["request_uri"]}",
            _client.IsRedirectUri
        );
        _client.Proof = url => _other.Proof("POST", url);
        Assert.Equal("invalid_grant", (await _client.RedeemAsync(authorized.Query("code")!)).Error);
        _client.Proof = url => _key.Proof("POST", url);
        Assert.Equal(200, (await _client.RedeemAsync(authorized.Query("code")!)).Status);

        _client.Proof = _ => _key.Proof("POST", _client.Issuer + "/token");
        Assert.Equal("invalid_dpop_proof", (await _client.PostAsync("/request", request)).Error);
    }

    [Fact]
    public async Task Introspection_and_revocation_accept_bound_tokens_and_introspection_returns_the_key()
    {
        using var client = await fixture.RegisterAsync(change: metadata => metadata["token_endpoint_auth_method"] = "client_secret_post");
        client.Proof = url => _key.Proof("POST", url);
        var tokens = await client.SignInAsync(_browser);
        client.Proof = null;
        var answer = await client.PostAsync("/token/introspection", [("token", tokens.AccessToken)]);
        Assert.Equal(("true", "DPoP", _key.Thumbprint()), (answer["active"], answer["token_type"], answer.Body["cnf"]!["jkt"]!.ToString()));
        Assert.Equal(200, (await client.PostAsync("/token/revocation", [("token", tokens.AccessToken)])).Status);
        Assert.Equal("false", (await client.PostAsync("/token/introspection", [("token", tokens.AccessToken)]))["active"]);
    }

    [Fact]
    public async Task Userinfo_accepts_a_bound_token_only_with_its_proof()
    {
        var bound = (await _client.SignInAsync(_browser)).AccessToken;
        _client.Proof = null;
        var plain = (await _client.SignInAsync(_browser)).AccessToken;
        var url = _client.Issuer + "/me";
        Assert.Equal(200, await UserInfoAsync("DPoP", bound, _key.Proof("GET", url, bound)));
        Assert.Equal(200, await UserInfoAsync("Bearer", plain, proof: null));
        Assert.Equal(401, await UserInfoAsync("Bearer", bound, proof: null));
        Assert.Equal(401, await UserInfoAsync("Bearer", bound, _key.Proof("GET", url, bound)));
        Assert.Equal(401, await UserInfoAsync("DPoP", bound, _other.Proof("GET", url, bound)));
        Assert.Equal(401, await UserInfoAsync("DPoP", bound, _key.Proof("GET", url, plain)));
        Assert.Equal(401, await UserInfoAsync("DPoP", plain, _key.Proof("GET", url, plain)));
    }

    private async Task<int> UserInfoAsync(string scheme, string token, string? proof)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _client.Issuer + "/me");
        request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {token}");
        request.Headers.TryAddWithoutValidation("DPoP", proof is null ? [] : [proof]);
        using var response = await _client.Http.SendAsync(request);
        return (int)response.StatusCode;
    }
}
