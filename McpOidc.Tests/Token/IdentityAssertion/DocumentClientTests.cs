using System.Text.Json.Nodes;
using McpOidc.Tests.DPoP;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token.IdentityAssertion;

/// <summary>Enterprise-Managed Authorization for clients described by a metadata document (C39).</summary>
public sealed class DocumentClientTests(DocumentClientTests.Fixture fixture) : IClassFixture<DocumentClientTests.Fixture>
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const string Confidential = "https://client.enterprise.example/confidential.json";
    private const string Public = "https://client.enterprise.example/public.json";
    private const string Foreign = "https://client.elsewhere.example/client.json";
    private const string WithoutGrant = "https://client.enterprise.example/plain.json";

    [Fact]
    public async Task A_client_from_an_allowed_domain_gets_the_scopes_allowed_for_the_issuer()
    {
        using var client = Create(Confidential, fixture.Key);
        var tokens = await AskAsync(client);
        Assert.Equal((200, "files:read"), (tokens.Status, tokens["scope"]));
        Assert.Equal(Confidential, Jwt.Read(tokens.AccessToken)["client_id"]);
        using var called = await client.CallAsync(fixture.Documents.System.McpOrigin + "/echo", tokens.AccessToken);
        Assert.Equal(200, (int)called.StatusCode);
    }

    [Fact]
    public async Task A_public_client_can_use_an_assertion_only_with_DPoP()
    {
        using var client = Create(Public);
        Assert.Equal("unauthorized_client", (await AskAsync(client)).Error);
        using var key = new ClientKey();
        client.Proof = url => key.Proof("POST", url);
        var tokens = await AskAsync(client);
        Assert.Equal((200, "DPoP"), (tokens.Status, tokens["token_type"]));
        Assert.Equal(key.Thumbprint(), Jwt.Read(tokens.AccessToken).Payload["cnf"]!["jkt"]!.ToString());
    }

    [Theory]
    [InlineData(Foreign, true)]
    [InlineData(WithoutGrant, true)]
    [InlineData(Confidential, false)]
    public async Task Other_clients_and_other_issuers_may_not_use_the_grant(string url, bool isOfThatIssuer)
    {
        using var client = Create(url, url == Confidential ? fixture.Key : null);
        using var key = new ClientKey();
        client.Proof = url => key.Proof("POST", url);
        Assert.Equal("unauthorized_client", (await AskAsync(client, provider: isOfThatIssuer ? null : fixture.Other)).Error);
    }

    [Fact]
    public async Task A_confidential_document_client_must_authenticate()
    {
        using var client = Create(Confidential);
        Assert.Equal("invalid_client", (await AskAsync(client)).Error);
    }

    [Theory]
    [InlineData(200, "{0}")]
    [InlineData(200, "{0}", "https://not-here.example/mcp")]
    [InlineData(200, "{0}", "{0}")]
    [InlineData(400)]
    [InlineData(400, "https://not-here.example/mcp")]
    [InlineData(400, "{0}", "https://second.example/mcp")]
    public async Task Resources_may_be_an_array_if_exactly_one_of_them_is_meant(int status, params string[] resources)
    {
        using var client = Create(Confidential, fixture.Key);
        var named = resources.Select(resource => (JsonNode)string.Format(null, resource, client.Resource)).ToArray();
        Assert.Equal(status, (await AskAsync(client, payload => payload["resource"] = new JsonArray(named))).Status);
    }

    [Fact]
    public async Task The_request_selects_one_of_several_resources()
    {
        using var client = Create(Confidential, fixture.Key);
        var several = (JsonObject payload) => payload["resource"] = new JsonArray(client.Resource, "https://second.example/mcp");
        var first = await AskAsync(client, payload => several(payload), ("resource", client.Resource));
        var second = await AskAsync(client, payload => several(payload), ("resource", "https://second.example/mcp"));
        Assert.Equal(client.Resource, Jwt.Read(first.AccessToken)["aud"]);
        Assert.Equal("https://second.example/mcp", Jwt.Read(second.AccessToken)["aud"]);
    }

    private OAuthClient Create(string url, ClientKey? key = null)
    {
        var client = fixture.Documents.System.CreateClient(url, key);
        client.ClientSecret = null;
        return client;
    }

    private Task<TokenAnswer> AskAsync(
        OAuthClient client,
        Action<JsonObject>? change = null,
        (string, string?)? parameter = null,
        AssertingProvider? provider = null
    )
    {
        provider ??= fixture.Provider;
        var payload = provider.Payload(client.Issuer, client.Resource, client.ClientId);
        change?.Invoke(payload);
        return client.TokenAsync([
            ("grant_type", GrantType),
            ("assertion", provider.Key.Sign(payload, AssertingProvider.Type)),
            .. parameter is { } named ? [named] : Array.Empty<(string, string?)>(),
        ]);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public AssertingProvider Provider { get; } = new();

        public AssertingProvider Other { get; } = new();

        public ClientKey Key { get; } = new();

        public DocumentSystem Documents { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            await Provider.StartAsync();
            await Other.StartAsync();
            Documents = await DocumentSystem.StartAsync(options =>
            {
                options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
                options.Set("McpOidc:Resources:0:Scopes:1", "files:write");
                options.Set("McpOidc:Resources:1:Uri", "https://second.example/mcp");
                options.Set("McpOidc:Resources:1:Scopes:0", "files:read");
                options.Set("McpOidc:IdentityAssertion:Issuers:0:Issuer", Provider.Issuer);
                options.Set("McpOidc:IdentityAssertion:Issuers:0:ClientDomains:0", "enterprise.example");
                options.Set("McpOidc:IdentityAssertion:Issuers:0:Scopes:0", "files:read");
                // An issuer without further settings is trusted only for pre-registered clients.
                options.Set("McpOidc:IdentityAssertion:Issuers:1", Other.Issuer);
            });
            Publish(Confidential, [GrantType], Key);
            Publish(Public, [GrantType]);
            Publish(Foreign, [GrantType]);
            Publish(WithoutGrant, []);
        }

        public async Task DisposeAsync()
        {
            await Documents.DisposeAsync();
            await Provider.DisposeAsync();
            await Other.DisposeAsync();
            Key.Dispose();
        }

        private void Publish(string url, string[] grantTypes, ClientKey? key = null) =>
            Documents.Publish(
                url,
                document =>
                {
                    document["grant_types"] = new JsonArray([
                        .. new[] { "authorization_code", "refresh_token" }.Concat(grantTypes).Select(type => (JsonNode)type),
                    ]);
                    if (key is not null)
                    {
                        document["token_endpoint_auth_method"] = "private_key_jwt";
                        document["jwks"] = key.Jwks;
                    }
                }
            );
    }
}
