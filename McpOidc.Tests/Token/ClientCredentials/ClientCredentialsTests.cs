using System.Net;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token.ClientCredentials;

/// <summary>Tokens for machines (RFC 6749 §4.4, MCP extension <c>oauth-client-credentials</c>; security cases C29, C30).</summary>
public sealed class ClientCredentialsTests(ClientCredentialsTests.Fixture fixture) : IClassFixture<ClientCredentialsTests.Fixture>
{
    private const string Elsewhere = "https://other.example/mcp";

    [Theory]
    [InlineData("client_secret_basic")]
    [InlineData("client_secret_post")]
    [InlineData("private_key_jwt")]
    public async Task A_configured_client_gets_its_own_token_which_the_MCP_server_accepts(string method)
    {
        using var client =
            method == "private_key_jwt" ? fixture.System.CreateClient("robot", fixture.Key) : fixture.System.CreateClient("job:1+1");
        client.UsesBasic = method == "client_secret_basic";
        var tokens = await AskAsync(client, ("resource", client.Resource), ("scope", "files:read"));

        Assert.Equal(200, tokens.Status);
        Assert.Equal("Bearer", tokens["token_type"]);
        Assert.Equal("files:read", tokens["scope"]);
        Assert.Null(tokens["refresh_token"]);
        Assert.Null(tokens["id_token"]);
        var token = Jwt.Read(tokens.AccessToken);
        Assert.Equal((client.ClientId, client.ClientId, client.Resource), (token["sub"], token["client_id"], token["aud"]));
        using var called = await client.CallAsync(fixture.System.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(client.ClientId, await called.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Tools_called_by_a_machine_find_no_identity_provider_tokens_and_no_person()
    {
        using var client = fixture.System.CreateClient("job:1+1");
        var tokens = await AskAsync(client);
        foreach (var path in new[] { "/idp-token", "/session" })
        {
            using var answer = await client.CallAsync(fixture.System.McpOrigin + path, tokens.AccessToken, HttpMethod.Get);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using var userInfo = await client.CallAsync(client.Issuer + "/me", tokens.AccessToken, HttpMethod.Get);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
    }

    [Theory]
    [InlineData(null, "files:read files:write")]
    // Python SDK 1.30 and 2.3, Go SDK: they request the scopes that the challenge names.
    [InlineData("openid email profile", "files:read files:write")]
    [InlineData("openid offline_access address phone", "files:read files:write")]
    [InlineData("openid email offline_access files:write", "files:write")]
    [InlineData("files:read admin", "files:read")]
    public async Task The_client_gets_those_of_the_requested_scopes_that_it_may_have(string? asked, string granted)
    {
        using var client = fixture.System.CreateClient("job:1+1");
        var tokens = await AskAsync(client, ("scope", asked));
        Assert.Equal(granted, tokens["scope"]);
        Assert.Null(tokens["refresh_token"]);
    }

    // As recorded: Go SDK 1.8.0 and mcp-go 1.2.1 with a form, Python SDK 1.30 and 2.3 with each method, all with the scopes of a challenge.
    [Theory]
    [InlineData("form", "profile openid email")]
    [InlineData("form", "openid email profile")]
    [InlineData("basic", "openid email profile")]
    [InlineData("assertion", "openid email profile")]
    public async Task The_built_in_providers_of_the_SDKs_get_a_token_that_works(string method, string scope)
    {
        using var client =
            method == "assertion" ? fixture.System.CreateClient("robot", fixture.Key) : fixture.System.CreateClient("job:1+1");
        client.UsesBasic = method == "basic";
        using var challenge = await client.CallAsync(client.Resource, accessToken: null);
        Assert.Equal(
            scope.Split(' ').Order(),
            challenge.Headers.WwwAuthenticate.ToString().Split("scope=\"")[1].Split('"')[0].Split(' ').Order()
        );
        var tokens = await AskAsync(
            client,
            ("client_id", method == "form" ? client.ClientId : null),
            ("resource", client.Resource),
            ("scope", scope)
        );
        Assert.Equal(200, tokens.Status);
        using var called = await client.CallAsync(fixture.System.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, called.StatusCode);
    }

    [Theory]
    [InlineData("scope", "admin", "invalid_scope")]
    [InlineData("scope", "openid admin", "invalid_scope")]
    [InlineData("resource", Elsewhere, "invalid_target")]
    [InlineData("resource", "https://unknown.example/mcp", "invalid_target")]
    [InlineData("client_secret", "wrong", "invalid_client")]
    [InlineData("client_secret", null, "invalid_client")]
    [InlineData("client_id", "nobody", "invalid_client")]
    public async Task The_client_gets_nothing_that_it_may_not_have(string parameter, string? value, string error)
    {
        using var client = fixture.System.CreateClient("job:1+1");
        Assert.Equal(error, (await AskAsync(client, (parameter, value))).Error);
    }

    [Fact]
    public async Task A_client_with_two_resources_must_name_one_and_can_get_a_token_for_either()
    {
        using var client = fixture.System.CreateClient("robot", fixture.Key);
        Assert.Equal("invalid_target", (await AskAsync(client)).Error);
        var tokens = await AskAsync(client, ("resource", Elsewhere));
        Assert.Equal(Elsewhere, Jwt.Read(tokens.AccessToken)["aud"]);
        using var called = await client.CallAsync(fixture.System.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, called.StatusCode);
    }

    // C29
    [Theory]
    [InlineData("none")]
    [InlineData("client_secret_post")]
    public async Task A_self_registered_client_gets_no_token_by_client_credentials(string method)
    {
        using var client = fixture.System.CreateClient();
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["token_endpoint_auth_method"] = method;
        await client.RegisterAsync(metadata);
        Assert.Equal((400, "unauthorized_client"), await StatusAsync(client));

        metadata["grant_types"] = new JsonArray("authorization_code", "client_credentials");
        var registered = await client.RegisterAsync(metadata);
        Assert.Equal(["authorization_code"], registered["grant_types"]!.AsArray().Select(type => type!.ToString()));
        Assert.Equal((400, "unauthorized_client"), await StatusAsync(client));
    }

    [Fact]
    public async Task A_configured_client_without_the_grant_type_gets_no_token()
    {
        using var client = fixture.System.CreateClient("portal");
        Assert.Equal((400, "unauthorized_client"), await StatusAsync(client));
    }

    [Fact]
    public async Task A_configured_client_can_sign_people_in()
    {
        using var client = fixture.System.CreateClient("portal");
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.NotEqual("portal", Jwt.Read(tokens.AccessToken)["sub"]);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
        using var read = await client.CallAsync(client.Issuer + "/register/portal", "any", HttpMethod.Get);
        Assert.Equal(HttpStatusCode.Unauthorized, read.StatusCode);
    }

    [Fact]
    public async Task Revoking_the_token_invalidates_it_within_two_seconds()
    {
        using var client = fixture.System.CreateClient("job:1+1");
        var tokens = await AskAsync(client);
        Assert.Equal("true", (await client.PostAsync("/token/introspection", [("token", tokens.AccessToken)]))["active"]);
        Assert.Equal(200, (await client.PostAsync("/token/revocation", [("token", tokens.AccessToken)])).Status);
        fixture.System.Clock.Advance(TimeSpan.FromSeconds(2));
        using var called = await client.CallAsync(fixture.System.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, called.StatusCode);
    }

    [Fact]
    public async Task The_metadata_offers_client_credentials_only_if_a_client_may_use_them()
    {
        using var client = fixture.System.CreateClient();
        Assert.Contains("client_credentials", await GrantTypesAsync(client));
        await using var without = await TestSystem.StartAsync();
        using var other = without.CreateClient();
        Assert.DoesNotContain("client_credentials", await GrantTypesAsync(other));
    }

    private static async Task<IEnumerable<string>> GrantTypesAsync(OAuthClient client) =>
        JsonNode.Parse(await client.Http.GetStringAsync(client.Issuer + "/.well-known/oauth-authorization-server"))![
            "grant_types_supported"
        ]!
            .AsArray()
            .Select(item => item!.ToString());

    private static Task<TokenAnswer> AskAsync(OAuthClient client, params (string, string?)[] parameters) =>
        client.TokenAsync([("grant_type", "client_credentials"), .. parameters]);

    private static async Task<(int, string?)> StatusAsync(OAuthClient client)
    {
        var answer = await AskAsync(client);
        return (answer.Status, answer.Error);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public ClientKey Key { get; } = new();

        public TestSystem System { get; private set; } = null!;

        public async Task InitializeAsync() =>
            System = await TestSystem.StartAsync(options =>
            {
                options.Standalone = true;
                options.Map = SessionEndpoint.Map;
                options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
                options.Set("McpOidc:Resources:0:Scopes:1", "files:write");
                options.Set("McpOidc:Resources:0:Scopes:2", "admin");
                options.Set("McpOidc:Resources:1:Uri", Elsewhere);
                var resource = $"http://localhost:{options.McpPort}/mcp";
                options.AddClient(
                    0,
                    "job:1+1",
                    key: null,
                    ("GrantTypes:0", "client_credentials"),
                    ("Scopes:0", "files:read"),
                    ("Scopes:1", "files:write"),
                    ("Resources:0", resource)
                );
                options.AddClient(
                    1,
                    "robot",
                    Key,
                    ("GrantTypes:0", "client_credentials"),
                    ("Scopes:0", "files:read"),
                    ("Resources:0", resource),
                    ("Resources:1", Elsewhere)
                );
                options.AddClient(
                    2,
                    "portal",
                    key: null,
                    ("GrantTypes:0", "authorization_code"),
                    ("GrantTypes:1", "refresh_token"),
                    ("RedirectUris:0", OAuthClient.DefaultRedirectUri),
                    ("ResourceServer", Elsewhere)
                );
            });

        public async Task DisposeAsync()
        {
            await System.DisposeAsync();
            Key.Dispose();
        }
    }
}
