using System.Text.Json.Nodes;
using McpOidc.Keys;
using McpOidc.Tests.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Keys;

/// <summary>The keys that sign tokens.</summary>
public sealed class SigningKeyTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    [Fact]
    public async Task The_key_set_publishes_an_ES256_key_identified_by_its_thumbprint_and_nothing_private()
    {
        var key = (await KeysAsync(fixture.System.Issuer))[0];
        Assert.Equal(
            ("EC", "P-256", "sig", "ES256"),
            (key["kty"]!.ToString(), key["crv"]!.ToString(), key["use"]!.ToString(), key["alg"]!.ToString())
        );
        Assert.Equal(Base64UrlEncoder.Encode(new JsonWebKey(key.ToJsonString()).ComputeJwkThumbprint()), key["kid"]!.ToString());
        Assert.Null(key["d"]);
    }

    [Fact]
    public async Task Tokens_name_their_key_and_the_type_from_RFC_9068()
    {
        using var client = await fixture.RegisterAsync();
        using var browser = new Browser();
        var header = JwtReader.Header((await client.SignInAsync(browser)).AccessToken);
        Assert.Equal("at+jwt", header["typ"]!.ToString());
        Assert.Equal("ES256", header["alg"]!.ToString());
        Assert.Equal((await KeysAsync(fixture.System.Issuer))[0]["kid"]!.ToString(), header["kid"]!.ToString());
    }

    // behaviour.md B9: the npm package generates new keys at every start.
    [Fact]
    public async Task The_key_outlives_the_process_and_is_shared_by_every_server_on_the_store()
    {
        await using var system = await TestSystem.StartAsync();
        var before = (await KeysAsync(system.Issuer))[0]["kid"]!.ToString();
        await system.RestartAsync();
        Assert.Equal(before, (await KeysAsync(system.Issuer))[0]["kid"]!.ToString());
        Assert.Equal(before, (await KeysAsync((await system.StartSecondServerAsync()).Origin))[0]["kid"]!.ToString());
    }

    [Fact]
    public async Task The_private_key_is_encrypted_in_the_store()
    {
        var key = (await KeysAsync(fixture.System.Issuer))[0];
        Assert.Equal(1, fixture.Count("%signing%"));
        var dump = fixture.DumpStore();
        Assert.DoesNotContain("\"d\"", dump, StringComparison.Ordinal);
        Assert.DoesNotContain(key["x"]!.ToString(), dump, StringComparison.Ordinal);
    }

    public static TheoryData<string> Algorithms => [.. KeyGenerator.Algorithms];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task The_MCP_server_accepts_tokens_signed_with_a_configured_key(string algorithm)
    {
        var key = KeyGenerator.Create(algorithm);
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Set("McpOidc:Keys:Jwks", JsonWebKeyText.PrivateSet([key], pretty: true));
        });
        Assert.Equal(algorithm, JwtReader.Header(signedIn.Tokens.AccessToken)["alg"]!.ToString());
        Assert.Equal(key.Kid, JwtReader.Header(signedIn.Tokens.AccessToken)["kid"]!.ToString());
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
    }

    [Fact]
    public async Task The_first_of_several_configured_keys_signs_and_all_are_published()
    {
        JsonWebKey[] keys = [KeyGenerator.Create("ES256"), KeyGenerator.Create("RS256")];
        await using var signedIn = await SignedInSystem.StartAsync(options =>
            options.Set("McpOidc:Keys:Jwks", JsonWebKeyText.PrivateSet(keys, pretty: false))
        );
        Assert.Equal(keys[0].Kid, JwtReader.Header(signedIn.Tokens.AccessToken)["kid"]!.ToString());
        var published = await KeysAsync(signedIn.System.Issuer);
        Assert.Equal(keys.Select(key => key.Kid), published.Select(key => key["kid"]!.ToString()));
        Assert.All(published, key => Assert.False(key.ContainsKey("d") || key.ContainsKey("p")));
    }

    [Fact]
    public async Task A_configured_key_can_omit_its_key_id_and_algorithm()
    {
        var key = JsonNode.Parse(JsonWebKeyText.PrivateSet([KeyGenerator.Create("ES384")], pretty: false))!;
        key["keys"]![0]!.AsObject().Remove("kid");
        key["keys"]![0]!.AsObject().Remove("alg");
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Keys:Jwks", key.ToJsonString()));
        var published = Assert.Single(await KeysAsync(system.Issuer));
        Assert.Equal("ES384", published["alg"]!.ToString());
        Assert.Equal(
            Base64UrlEncoder.Encode(new JsonWebKey(published.ToJsonString()).ComputeJwkThumbprint()),
            published["kid"]!.ToString()
        );
    }

    [Fact]
    public async Task The_algorithm_of_the_generated_key_is_configurable()
    {
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Keys:Algorithm", "RS256"));
        Assert.Equal("RS256", Assert.Single(await KeysAsync(system.Issuer))["alg"]!.ToString());
    }

    private static async Task<JsonObject[]> KeysAsync(string issuer)
    {
        using var http = new HttpClient();
        return [.. JsonNode.Parse(await http.GetStringAsync(new Uri(issuer + "/jwks")))!["keys"]!.AsArray().Select(key => key!.AsObject())];
    }
}
