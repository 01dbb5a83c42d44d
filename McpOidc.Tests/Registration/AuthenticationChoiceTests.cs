using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>Clients that name several authentication methods and accept any of them (OpenID Connect Relying Party Metadata Choices 1.0;
/// security case F13).</summary>
public sealed class AuthenticationChoiceTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>, IDisposable
{
    private readonly ClientKey _key = new();
    private readonly ClientKey _wrong = new();
    private readonly Browser _browser = new();

    public void Dispose()
    {
        _key.Dispose();
        _wrong.Dispose();
        _browser.Dispose();
    }

    // ChatGPT's document as of September 2026.
    [Theory]
    [InlineData("private_key_jwt", true)]
    [InlineData("none", true)]
    [InlineData(null, true)]
    [InlineData("client_secret_basic", false)]
    public async Task A_document_with_both_methods_works_with_or_without_an_assertion_and_never_with_a_wrong_one(
        string? preferred,
        bool keysElsewhere
    )
    {
        var keys = fixture.NewUrl("keys");
        fixture.Host.Serve(keys, _key.Jwks);
        var url = fixture.Publish(document =>
        {
            (document["token_endpoint_auth_method"], document["token_endpoint_auth_methods_supported"]) = (preferred, Both);
            document[keysElsewhere ? "jwks_uri" : "jwks"] = keysElsewhere ? keys : _key.Jwks;
        });
        await AssertEitherAsync(fixture.CreateClient(url));
    }

    [Fact]
    public async Task A_registration_with_both_methods_gets_both_in_the_response_and_no_secret()
    {
        using var client = fixture.System.CreateClient();
        var answer = await client.RegisterAsync(Metadata(methods: Both, jwks: _key.Jwks));

        Assert.Null(answer["client_secret"]);
        Assert.Equal("private_key_jwt", answer["token_endpoint_auth_method"]!.ToString());
        Assert.Equal(Both.ToJsonString(), answer["token_endpoint_auth_methods_supported"]!.ToJsonString());
        await AssertEitherAsync(client);
    }

    [Theory]
    [InlineData("[\"none\",\"private_key_jwt\"]", null, "none")]
    [InlineData("[\"private_key_jwt\",\"client_secret_post\"]", null, "client_secret_post")]
    [InlineData("[\"tls_client_auth\",\"client_secret_basic\",\"none\"]", null, "client_secret_basic")]
    [InlineData("[\"none\",\"client_secret_post\"]", "client_secret_post", "client_secret_post")]
    [InlineData("[\"none\"]", "tls_client_auth", "none")]
    [InlineData("[]", "none", "none")]
    public async Task A_registration_without_a_key_gets_the_preferred_or_the_first_supported_method(
        string methods,
        string? preferred,
        string chosen
    )
    {
        using var client = fixture.System.CreateClient();
        var metadata = Metadata(JsonNode.Parse(methods)!.AsArray());
        metadata["token_endpoint_auth_method"] = preferred;

        var answer = await client.RegisterAsync(metadata);

        Assert.Equal(chosen, answer["token_endpoint_auth_method"]!.ToString());
        Assert.Null(answer["token_endpoint_auth_methods_supported"]);
        Assert.Equal(chosen.StartsWith("client_secret", StringComparison.Ordinal), answer["client_secret"] is not null);
    }

    [Theory]
    [InlineData("[\"tls_client_auth\"]", "token_endpoint_auth_method")]
    [InlineData("[\"private_key_jwt\"]", "jwks is required")]
    public async Task A_client_whose_methods_are_all_unsupported_is_refused(string methods, string reason)
    {
        using var client = fixture.System.CreateClient();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            client.RegisterAsync(Metadata(JsonNode.Parse(methods)!.AsArray()))
        );
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        await fixture.AssertRefusedAsync(
            fixture.Publish(document => document["token_endpoint_auth_methods_supported"] = JsonNode.Parse(methods)),
            reason
        );
    }

    private static JsonArray Both => new("none", "private_key_jwt");

    private static JsonObject Metadata(JsonArray methods, JsonObject? jwks = null)
    {
        var metadata = OAuthClient.Metadata(OAuthClient.DefaultRedirectUri);
        metadata.Remove("token_endpoint_auth_method");
        (metadata["token_endpoint_auth_methods_supported"], metadata["jwks"]) = (methods, jwks);
        return metadata;
    }

    private async Task AssertEitherAsync(OAuthClient client)
    {
        using var _ = client;
        foreach (var key in new[] { null, _key })
        {
            client.Key = _wrong;
            var code = await client.GetCodeAsync(_browser);
            Assert.Equal("invalid_client", (await client.RedeemAsync(code)).Error);
            client.Key = key;
            var tokens = await client.RedeemAsync(code);
            Assert.True(tokens.Status == 200, tokens.Body.ToJsonString());
            client.Key = _wrong;
            Assert.Equal("invalid_client", (await client.RefreshAsync(tokens.RefreshToken)).Error);
            client.Key = key;
            Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
        }
    }
}
