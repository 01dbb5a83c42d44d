using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>Clients' key sets with unknown kinds of keys (RFC 7517 §5), and where they are hosted (RFC 7591 §2).</summary>
public sealed class KeySetTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>, IDisposable
{
    private readonly ClientKey _key = new();

    public void Dispose() => _key.Dispose();

    public static TheoryData<string> Unknown =>
        [
            """{"kty":"AKP","alg":"ML-DSA-44","pub":"AAAA","kid":"1"}""",
            """{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""",
            """{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}""",
            """{"kty":"RSA","use":"enc","n":"AAAA","e":"AQAB"}""",
            """{"kty":7,"x5c":"no list"}""",
            "\"no key\"",
        ];

    [Theory]
    [MemberData(nameof(Unknown))]
    public async Task An_unsupported_key_does_not_affect_the_other_keys_in_the_set(string unknown)
    {
        var mixed = new JsonObject { ["keys"] = new JsonArray(JsonNode.Parse(unknown), _key.PublicJwk) };
        var keys = fixture.NewUrl("keys");
        fixture.Host.Serve(keys, mixed);
        using var registered = fixture.System.CreateClient();
        await registered.RegisterAsync(Metadata("jwks", mixed.DeepClone()));
        using var elsewhere = fixture.System.CreateClient();
        await elsewhere.RegisterAsync(Metadata("jwks_uri", keys));
        var inside = fixture.CreateClient(Publish("jwks", mixed.DeepClone()));
        var outside = fixture.CreateClient(Publish("jwks_uri", keys));
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Clients:0:Id", "job");
            options.Set("McpOidc:Clients:0:GrantTypes:0", "client_credentials");
            options.Set("McpOidc:Clients:0:Jwks", mixed.ToJsonString());
        });
        using var configured = system.CreateClient("job", _key);

        foreach (var client in new[] { registered, elsewhere, inside, outside, configured })
        {
            client.Key = _key;
            // The token is made up: this error means that the client itself was authenticated.
            Assert.Equal("invalid_grant", (await client.RefreshAsync("made.up.token")).Error);
        }
    }

    [Theory]
    [MemberData(nameof(Unknown))]
    public async Task At_least_one_key_must_be_usable(string unknown)
    {
        var set = new JsonObject { ["keys"] = new JsonArray(JsonNode.Parse(unknown)) };
        using var client = fixture.System.CreateClient();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.RegisterAsync(Metadata("jwks", set.DeepClone())));
        await fixture.AssertRefusedAsync(Publish("jwks", set.DeepClone()), "jwks");
    }

    [Fact]
    public async Task The_keys_of_a_registration_may_be_at_a_URL_and_be_replaced_there()
    {
        using var next = new ClientKey();
        await using var own = await DocumentSystem.StartAsync();
        var keys = own.NewUrl("keys");
        own.Host.Serve(keys, _key.Jwks, ("Cache-Control", "max-age=300"));
        using var client = own.System.CreateClient();
        var answer = await client.RegisterAsync(Metadata("jwks_uri", keys));
        Assert.Equal(keys, answer["jwks_uri"]!.ToString());
        Assert.Null(answer["jwks"]);

        Assert.Equal("invalid_grant", await AskAsync(_key));
        own.Host.Serve(keys, next.Jwks, ("Cache-Control", "max-age=300"));
        Assert.Equal("invalid_grant", await AskAsync(next));
        Assert.Equal("invalid_client", await AskAsync(_key));

        // The set is not fetched again for every made-up key id.
        var asked = own.Host.RequestsFor(keys).Count;
        for (var i = 0; i < 5; i++)
        {
            using var unknown = new ClientKey();
            Assert.Equal("invalid_client", await AskAsync(unknown));
        }

        Assert.Equal(asked, own.Host.RequestsFor(keys).Count);
        own.Host.Serve(keys, _key.Jwks, ("Cache-Control", "max-age=300"));
        own.System.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("invalid_grant", await AskAsync(_key));

        async Task<string?> AskAsync(ClientKey key)
        {
            var now = own.System.Clock.GetUtcNow().ToUnixTimeSeconds();
            var assertion = key.Assert(client.ClientId, client.Issuer, claims => (claims["iat"], claims["exp"]) = (now, now + 60));
            return (
                await client.RefreshAsync(
                    "made.up.token",
                    ("client_assertion", assertion),
                    ("client_assertion_type", ClientKey.AssertionType)
                )
            ).Error;
        }
    }

    [Theory]
    [InlineData("http://keys.example/jwks")]
    [InlineData("https://10.0.0.1/jwks")]
    [InlineData("https://localhost/jwks")]
    [InlineData("https://metadata.google.internal/jwks")]
    [InlineData("file:///etc/passwd")]
    public async Task The_keys_of_a_registration_are_fetched_under_the_rules_for_documents(string keys)
    {
        using var client = fixture.System.CreateClient();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => client.RegisterAsync(Metadata("jwks_uri", keys)));
        Assert.Contains("jwks_uri", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_host_on_an_internal_address_is_not_connected_to()
    {
        fixture.Transport.Map("inside.keys.example", () => [System.Net.IPAddress.Parse("169.254.169.254")]);
        using var client = fixture.System.CreateClient();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            client.RegisterAsync(Metadata("jwks_uri", "https://inside.keys.example/jwks"))
        );
        Assert.Contains("not on the public Internet", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_the_client_does_not_use_are_neither_fetched_nor_kept()
    {
        using var client = fixture.System.CreateClient();
        var metadata = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        metadata["jwks_uri"] = fixture.NewUrl("nothing-there");
        Assert.Null((await client.RegisterAsync(metadata))["jwks_uri"]);
    }

    private static JsonObject Metadata(string member, JsonNode value)
    {
        var metadata = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        (metadata["token_endpoint_auth_method"], metadata[member]) = ("private_key_jwt", value);
        return metadata;
    }

    private string Publish(string member, JsonNode value) =>
        fixture.Publish(document => (document["token_endpoint_auth_method"], document[member]) = ("private_key_jwt", value));
}
