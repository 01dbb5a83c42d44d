using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token.TokenExchange;

/// <summary>An MCP server on another stack, sharing neither store nor secret (RFC 8693, RFC 7662; security case D03).</summary>
public sealed class TokenExchangeTests : IAsyncLifetime
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";
    private const string IdToken = "urn:ietf:params:oauth:token-type:id_token";
    private const string Elsewhere = "https://other.example/mcp";
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(2);

    private readonly ClientKey _key = new();
    private SignedInSystem _signedIn = null!;
    private OAuthClient _server = null!;

    public async Task InitializeAsync()
    {
        _signedIn = await SignedInSystem.StartAsync(options =>
        {
            var resource = $"http://localhost:{options.McpPort}/mcp";
            options.Standalone = true;
            options.Map = SessionEndpoint.Map;
            options.Set("McpOidc:Resources:1:Uri", Elsewhere);
            options.Set("McpOidc:IdentityProvider:CustomData:mail", "email");
            options.AddClient(
                0,
                "mcp-python",
                key: null,
                ("GrantTypes:0", GrantType),
                ("ResourceServer", resource.ToUpperInvariant().Replace("/MCP", "/mcp", StringComparison.Ordinal))
            );
            options.AddClient(1, "mcp-other", _key, ("GrantTypes:0", GrantType), ("ResourceServer", Elsewhere));
            options.AddClient(2, "mcp-asking-only", key: null, ("ResourceServer", resource));
            options.AddClient(3, "job", key: null, ("GrantTypes:0", "client_credentials"), ("Resources:0", resource));
        });
        _server = _signedIn.System.CreateClient("mcp-python");
    }

    public async Task DisposeAsync()
    {
        _server.Dispose();
        await _signedIn.DisposeAsync();
        _key.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_for_the_server_is_exchanged_for_the_identity_provider_token_of_the_person(bool basic)
    {
        _server.UsesBasic = basic;
        var answer = await ExchangeAsync(_server, _signedIn.Tokens.AccessToken);
        Assert.Equal(200, answer.Status);
        Assert.Equal((AccessToken, "Bearer"), (answer["issued_token_type"], answer["token_type"]));
        Assert.Equal((await SessionEndpoint.TokenAsync(_signedIn)).Token!["access_token"]!.ToString(), answer.AccessToken);
        Assert.InRange(int.Parse(answer["expires_in"]!, provider: null), 60, 120);
        Assert.Null(answer["refresh_token"]);
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task The_id_token_of_the_identity_provider_is_available_too_and_is_not_a_bearer_token()
    {
        var answer = await ExchangeAsync(_server, _signedIn.Tokens.AccessToken, ("requested_token_type", IdToken));

        Assert.Null(answer["error_description"]);
        Assert.Equal((200, IdToken, "N_A"), (answer.Status, answer["issued_token_type"], answer["token_type"]));
        Assert.Equal(_signedIn.System.Idp!.Issuer, JwtReader.Payload(answer.AccessToken)["iss"]!.ToString());
        Assert.Null(answer["expires_in"]);
    }

    [Fact]
    public async Task Fifty_exchanges_and_tool_calls_at_token_expiry_cause_a_single_refresh()
    {
        var first = (await ExchangeAsync(_server, _signedIn.Tokens.AccessToken)).AccessToken;
        _signedIn.System.Idp!.Faults.RefreshDelay = TimeSpan.FromMilliseconds(200);
        _signedIn.System.Clock.Advance(s_lifetime);
        var answers = await Task.Run(() =>
            Task.WhenAll(
                Enumerable
                    .Range(0, 50)
                    .Select(async number =>
                        number % 2 == 0
                            ? (await ExchangeAsync(_server, _signedIn.Tokens.AccessToken)).AccessToken
                            : (await SessionEndpoint.TokenAsync(_signedIn)).Token!["access_token"]!.ToString()
                    )
            )
        );
        Assert.NotEqual(first, Assert.Single(answers.Distinct()));
        Assert.Equal(1, _signedIn.System.Idp.Statistics.RefreshRequests);
    }

    [Fact]
    public async Task While_the_provider_fails_a_valid_token_is_returned_then_503_with_Retry_After_and_nothing_is_lost()
    {
        _signedIn.System.Idp!.Faults.FailRefresh(500, error: null, times: 100);
        _signedIn.System.Clock.Advance(s_lifetime - TimeSpan.FromSeconds(40));
        Assert.Equal(200, (await ExchangeAsync(_server, _signedIn.Tokens.AccessToken)).Status);
        _signedIn.System.Clock.Advance(TimeSpan.FromSeconds(50));
        var unavailable = await ExchangeAsync(_server, _signedIn.Tokens.AccessToken);
        Assert.Equal((503, "temporarily_unavailable"), (unavailable.Status, unavailable.Error));
        Assert.NotNull(unavailable.Headers.RetryAfter);
        _signedIn.System.Idp.Faults.FailRefresh(500, error: null, times: 0);
        Assert.Equal(200, (await ExchangeAsync(_server, _signedIn.Tokens.AccessToken)).Status);
    }

    [Fact]
    public async Task An_exchange_yields_invalid_grant_after_the_provider_ended_the_sign_in_or_the_client_signed_out()
    {
        var (other, tokens) = await _signedIn.SignInAgainAsync();
        Assert.Equal(200, (await other.PostAsync("/token/revocation", [("token", tokens.RefreshToken)])).Status);
        AssertRefused(await ExchangeAsync(_server, tokens.AccessToken));
        other.Dispose();

        _signedIn.System.Idp!.Faults.FailRefresh(400, "invalid_grant", times: 1);
        _signedIn.System.Clock.Advance(s_lifetime);
        AssertRefused(await ExchangeAsync(_server, _signedIn.Tokens.AccessToken));
    }

    [Fact]
    public async Task A_token_that_is_not_for_the_server_is_refused()
    {
        using var other = _signedIn.System.CreateClient("mcp-other", _key);
        using var job = _signedIn.System.CreateClient("job");
        AssertRefused(await ExchangeAsync(other, _signedIn.Tokens.AccessToken));
        AssertRefused(await ExchangeAsync(_server, "made.up.token"));
        AssertRefused(await ExchangeAsync(_server, _signedIn.Tokens["id_token"]!));
        AssertRefused(await ExchangeAsync(_server, _signedIn.Tokens.RefreshToken));
        AssertRefused(
            await ExchangeAsync(
                _server,
                Forgery.Resign(_signedIn.System, _signedIn.Tokens.AccessToken, payload => payload["aud"] = Elsewhere)
            )
        );
        AssertRefused(
            await ExchangeAsync(
                _server,
                Forgery.Resign(_signedIn.System, _signedIn.Tokens.AccessToken, payload => payload["exp"] = payload["iat"]!.DeepClone())
            )
        );
        using var stranger = new ClientKey();
        AssertRefused(await ExchangeAsync(_server, stranger.Sign(JwtReader.Payload(_signedIn.Tokens.AccessToken), "at+jwt")));

        // A machine has no account at the identity provider.
        var machine = await job.TokenAsync([("grant_type", "client_credentials")]);
        AssertRefused(await ExchangeAsync(_server, machine.AccessToken));
    }

    [Theory]
    [InlineData("subject_token", null, 400, "invalid_request")]
    [InlineData("subject_token_type", null, 400, "invalid_request")]
    [InlineData("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token", 400, "invalid_request")]
    [InlineData("subject_token_type", "urn:ietf:params:oauth:token-type:id_token", 400, "invalid_request")]
    [InlineData("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token", 400, "invalid_request")]
    [InlineData("resource", "https://api.example/", 400, "invalid_target")]
    [InlineData("audience", "https://api.example/", 400, "invalid_target")]
    [InlineData("client_secret", "wrong", 401, "invalid_client")]
    [InlineData("client_secret", null, 401, "invalid_client")]
    [InlineData("client_id", "mcp-asking-only", 400, "unauthorized_client")]
    [InlineData("client_id", "job", 400, "unauthorized_client")]
    public async Task A_token_exchange_for_anything_else_is_refused(string parameter, string? value, int status, string error)
    {
        var answer = await ExchangeAsync(_server, _signedIn.Tokens.AccessToken, (parameter, value));
        Assert.Equal((status, error), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task The_requested_token_type_may_be_omitted_and_a_delegation_is_refused()
    {
        Assert.Equal(200, (await ExchangeAsync(_server, _signedIn.Tokens.AccessToken, ("requested_token_type", null))).Status);
        Assert.Equal(
            "invalid_request",
            (
                await ExchangeAsync(
                    _server,
                    _signedIn.Tokens.AccessToken,
                    ("actor_token", _signedIn.Tokens.AccessToken),
                    ("actor_token_type", AccessToken)
                )
            ).Error
        );
    }

    [Fact]
    public async Task The_client_of_the_person_cannot_exchange_its_own_token() =>
        Assert.Equal("unauthorized_client", (await ExchangeAsync(_signedIn.Client, _signedIn.Tokens.AccessToken)).Error);

    // D03
    [Fact]
    public async Task A_server_can_introspect_only_the_tokens_for_its_resource()
    {
        using var asking = _signedIn.System.CreateClient("mcp-asking-only");
        foreach (var server in new[] { _server, asking })
        {
            var answer = await IntrospectAsync(server, _signedIn.Tokens.AccessToken);
            Assert.Equal(
                ("true", _signedIn.Client.ClientId, "openid email profile"),
                (answer["active"], answer["client_id"], answer["scope"])
            );
            Assert.Equal(_signedIn.System.Resource, answer["aud"]);
            Assert.Equal("alice@example.com", answer.Body["claims"]!["email"]!.ToString());
            Assert.Equal("alice@example.com", answer.Body["custom_data"]!["mail"]!.ToString());
        }

        using var other = _signedIn.System.CreateClient("mcp-other", _key);
        Assert.Equal("""{"active":false}""", (await IntrospectAsync(other, _signedIn.Tokens.AccessToken)).Body.ToJsonString());
        Assert.Equal("""{"active":false}""", (await IntrospectAsync(_server, _signedIn.Tokens.RefreshToken)).Body.ToJsonString());
        _server.ClientSecret = "wrong";
        Assert.Equal(401, (await IntrospectAsync(_server, _signedIn.Tokens.AccessToken)).Status);

        await _signedIn.Client.PostAsync("/token/revocation", [("token", _signedIn.Tokens.RefreshToken)]);
        Assert.Equal("""{"active":false}""", (await IntrospectAsync(asking, _signedIn.Tokens.AccessToken)).Body.ToJsonString());
    }

    [Fact]
    public async Task A_client_learns_nothing_about_the_person_by_introspecting_its_own_token()
    {
        var metadata = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        metadata["token_endpoint_auth_method"] = "client_secret_post";
        using var client = _signedIn.System.CreateClient();
        await client.RegisterAsync(metadata);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);

        var answer = await IntrospectAsync(client, tokens.AccessToken);

        Assert.Equal("true", answer["active"]);
        Assert.Null(answer.Body["claims"]);
        Assert.Null(answer.Body["custom_data"]);
    }

    [Theory]
    [InlineData("mcp-asking-only", ConfiguredClients.Secret, 200)]
    [InlineData("mcp-python", ConfiguredClients.Secret, 200)]
    [InlineData("mcp-python", "wrong", 401)]
    [InlineData("job", ConfiguredClients.Secret, 401)]
    [InlineData("mcp-other", "", 401)]
    [InlineData("nobody", ConfiguredClients.Secret, 401)]
    public async Task A_server_can_read_what_a_client_registered_and_no_secrets(string id, string secret, int status)
    {
        using var client = _signedIn.System.CreateClient();
        var metadata = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        metadata["token_endpoint_auth_method"] = "client_secret_post";
        await client.RegisterAsync(metadata);

        using var answer = await ReadClientAsync(id, secret, client.ClientId);

        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 200)
        {
            var read = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
            Assert.Equal(client.ClientId, read["client_id"]!.ToString());
            Assert.Equal(OAuthClient.DefaultRedirectUri, read["redirect_uris"]![0]!.ToString());
            Assert.DoesNotContain(
                read,
                member =>
                    member.Key.Contains("secret", StringComparison.Ordinal)
                    || member.Key.StartsWith("registration", StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public async Task A_server_that_reads_an_unknown_client_gets_404()
    {
        using var answer = await ReadClientAsync("mcp-python", ConfiguredClients.Secret, "never-registered");
        Assert.Equal(404, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_server_cannot_change_what_a_client_registered()
    {
        using var request = Request("mcp-python", ConfiguredClients.Secret, _signedIn.Client.ClientId);
        request.Method = HttpMethod.Delete;
        using var answer = await _server.Http.SendAsync(request);
        Assert.Equal(401, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_server_cannot_revoke_the_tokens_it_receives()
    {
        await _server.PostAsync("/token/revocation", [("token", _signedIn.Tokens.AccessToken)]);
        Assert.Equal("true", (await IntrospectAsync(_server, _signedIn.Tokens.AccessToken))["active"]);
    }

    [Fact]
    public async Task No_token_of_an_exchange_is_logged()
    {
        var answer = await ExchangeAsync(_server, _signedIn.Tokens.AccessToken);
        var lines = _signedIn.System.Sites.SelectMany(site => site.Logs.Lines).ToList();
        Assert.Contains(lines, line => line.Contains("mcp-python", StringComparison.Ordinal));
        Assert.DoesNotContain(
            lines,
            line =>
                line.Contains(answer.AccessToken, StringComparison.Ordinal)
                || line.Contains(_signedIn.Tokens.AccessToken, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_metadata_offers_token_exchange_if_a_server_may_use_it()
    {
        var document = JsonNode.Parse(await _server.Http.GetStringAsync(_server.Issuer + "/.well-known/oauth-authorization-server"))!;
        Assert.Contains(GrantType, document["grant_types_supported"]!.AsArray().Select(item => item!.ToString()));
    }

    private async Task<HttpResponseMessage> ReadClientAsync(string id, string secret, string clientId)
    {
        using var request = Request(id, secret, clientId);
        return await _server.Http.SendAsync(request);
    }

    private HttpRequestMessage Request(string id, string secret, string clientId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{_server.Issuer}/register/{Uri.EscapeDataString(clientId)}");
        var credentials = $"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(secret)}";
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(credentials)));
        return request;
    }

    private static void AssertRefused(TokenAnswer answer) => Assert.Equal((400, "invalid_grant"), (answer.Status, answer.Error));

    private static Task<TokenAnswer> IntrospectAsync(OAuthClient server, string token) =>
        server.PostAsync("/token/introspection", [("token", token)]);

    private static Task<TokenAnswer> ExchangeAsync(OAuthClient server, string subjectToken, params (string, string?)[] changes) =>
        server.TokenAsync([
            ("grant_type", GrantType),
            ("subject_token", subjectToken),
            ("subject_token_type", AccessToken),
            ("requested_token_type", AccessToken),
            .. changes,
        ]);
}
