using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Keys;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Keys;

/// <summary>id_tokens are signed with the algorithm their client registered, RS256 by default (OpenID Connect Registration §2), by keys
/// with no other use (security case D08).</summary>
public sealed class IdentityTokenKeyTests(BothModes modes) : IClassFixture<BothModes>
{
    [Theory]
    [InlineData(null, "RS256")]
    [InlineData("RS256", "RS256")]
    [InlineData("ES256", "ES256")]
    public async Task A_registering_client_gets_the_requested_algorithm_and_the_response_confirms_it(string? asked, string by)
    {
        var system = (await modes.InAsync(standalone: false)).System;
        foreach (var metadata in new[] { OAuthClient.Metadata(Uri), OAuthClient.StoredMetadata(Uri) })
        {
            using var client = system.CreateClient();
            client.RedirectUri = Uri;
            metadata["id_token_signed_response_alg"] = asked;
            Assert.Equal(by, (await client.RegisterAsync(metadata))["id_token_signed_response_alg"]!.ToString());
            using var browser = new Browser();
            var tokens = await client.SignInAsync(browser);
            await AssertSignedAsync(client, tokens, by);
            await AssertSignedAsync(client, await client.RefreshAsync(tokens.RefreshToken, ("scope", "openid")), by);
        }
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("none")]
    [InlineData("PS256")]
    [InlineData("ES384")]
    public async Task Any_other_algorithm_is_refused_and_the_supported_ones_are_listed(string asked)
    {
        using var client = (await modes.InAsync(standalone: false)).System.CreateClient();
        var metadata = OAuthClient.Metadata(Uri);
        metadata["id_token_signed_response_alg"] = asked;
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => client.RegisterAsync(metadata));
        Assert.Contains("supported are RS256, ES256", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ES256", "ES256")]
    [InlineData("PS512", "RS256")]
    public async Task A_document_can_name_the_algorithm_as_well_and_an_unsupported_one_is_ignored(string asked, string by)
    {
        await using var system = await DocumentSystem.StartAsync();
        using var client = system.CreateClient(system.Publish(document => document["id_token_signed_response_alg"] = asked));
        using var browser = new Browser();
        await AssertSignedAsync(client, await client.RedeemAsync(await client.GetCodeAsync(browser)), by);
    }

    [Theory]
    [InlineData(null, "ES384", "RS256")]
    [InlineData("ES384", "ES384", "ES384")]
    [InlineData(null, "RS256", "RS256")]
    public async Task The_settings_set_the_algorithm_for_pre_registered_clients_and_at_hash_follows_it(
        string? asked,
        string access,
        string by
    )
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Keys:Algorithm", access);
            options.AddClient(0, "portal", null, ("GrantTypes:0", "authorization_code"), ("RedirectUris:0", Uri));
            if (asked is not null)
            {
                options.Set("McpOidc:Clients:0:IdTokenSignedResponseAlg", asked);
            }
        });
        using var client = system.CreateClient("portal");
        client.RedirectUri = Uri;
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        await AssertSignedAsync(client, tokens, by);
        Assert.Equal(access, JwtReader.Header(tokens.AccessToken)["alg"]!.ToString());
        var hash = by.EndsWith("384", StringComparison.Ordinal)
            ? SHA384.HashData(Encoding.ASCII.GetBytes(tokens.AccessToken))
            : SHA256.HashData(Encoding.ASCII.GetBytes(tokens.AccessToken));
        Assert.Equal(Base64UrlEncoder.Encode(hash[..(hash.Length / 2)]), JwtReader.Payload(tokens["id_token"]!)["at_hash"]!.ToString());
    }

    [Fact]
    public async Task A_setting_that_names_another_algorithm_is_refused_at_start()
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var system = await TestSystem.StartAsync(options =>
                options.AddClient(0, "portal", null, ("IdTokenSignedResponseAlg", "HS256"))
            );
        });
        Assert.Contains("McpOidc__Clients__0__IdTokenSignedResponseAlg) is 'HS256'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_metadata_lists_both_algorithms_from_the_start_and_all_servers_share_one_created_key()
    {
        await using var system = await TestSystem.StartAsync();
        using var http = new HttpClient();
        var document = JsonNode.Parse(await http.GetStringAsync(system.Issuer + "/.well-known/openid-configuration"))!;
        Assert.Equal("""["RS256","ES256"]""", document["id_token_signing_alg_values_supported"]!.ToJsonString());

        var second = await system.StartSecondServerAsync();
        foreach (var server in new[] { system.Server, second })
        {
            await server.Services.GetRequiredService<SigningKeyRing>().CompleteAsync(CancellationToken.None);
        }

        var key = Assert.Single(await IdentityKeysAsync(http, system.Issuer));
        Assert.Equal(("RSA", "sig", "RS256"), (key["kty"]!.ToString(), key["use"]!.ToString(), key["alg"]!.ToString()));
        Assert.False(key.ContainsKey("d") || key.ContainsKey("p"));
        Assert.Equal(key["kid"]!.ToString(), Assert.Single(await IdentityKeysAsync(http, second.Origin))["kid"]!.ToString());
        await system.RestartAsync();
        Assert.Equal(key["kid"]!.ToString(), Assert.Single(await IdentityKeysAsync(http, system.Issuer))["kid"]!.ToString());
    }

    // alg, typ and key: the key for id_tokens alone does not let an attacker call anything.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_for_id_tokens_does_not_verify_access_tokens(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var key = await signedIn
            .System.Server.Services.GetRequiredService<SigningKeyRing>()
            .FindForIdentityTokenAsync("RS256", CancellationToken.None);
        foreach (var algorithm in new[] { "RS256", "RS512", "PS256" })
        {
            var token = Forgery.Sign(Forgery.PayloadOf(signedIn.Tokens.AccessToken), new SigningCredentials(key.Key, algorithm));
            Assert.Equal(401, await signedIn.StatusAsync(token));
            using var me = new HttpRequestMessage(HttpMethod.Get, signedIn.System.Issuer + "/me");
            me.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var answer = await signedIn.Client.Http.SendAsync(me);
            Assert.Equal(401, (int)answer.StatusCode);
        }

        using var identity = await signedIn.Client.CallAsync(signedIn.Echo, signedIn.Tokens["id_token"]);
        Assert.Equal(401, (int)identity.StatusCode);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
    }

    [Fact]
    public async Task A_second_configured_key_for_RS256_signs_id_tokens_and_without_one_the_first_key_signs_everything()
    {
        JsonWebKey[] keys = [KeyGenerator.Create("ES256"), KeyGenerator.Create("RS256")];
        foreach (var count in new[] { 1, 2 })
        {
            await using var signedIn = await SignedInSystem.StartAsync(options =>
                options.Set("McpOidc:Keys:Jwks", JsonWebKeyText.PrivateSet(keys[..count], pretty: false))
            );
            Assert.Equal(keys[0].Kid, JwtReader.Header(signedIn.Tokens.AccessToken)["kid"]!.ToString());
            Assert.Equal(keys[count - 1].Kid, JwtReader.Header(signedIn.Tokens["id_token"]!)["kid"]!.ToString());
            await AssertSignedAsync(signedIn.Client, signedIn.Tokens, keys[count - 1].Alg);
        }
    }

    private const string Uri = "https://portal.example/cb";

    private static async Task AssertSignedAsync(OAuthClient client, TokenAnswer tokens, string algorithm)
    {
        Assert.True(tokens.Status == 200, tokens.Body.ToJsonString());
        var header = JwtReader.Header(tokens["id_token"]!);
        Assert.Equal(("JWT", algorithm), (header["typ"]!.ToString(), header["alg"]!.ToString()));
        var keys = new JsonWebKeySet(await client.Http.GetStringAsync(client.Issuer + "/jwks"));
        var verified = await new Microsoft.IdentityModel.JsonWebTokens.JsonWebTokenHandler().ValidateTokenAsync(
            tokens["id_token"],
            new TokenValidationParameters
            {
                IssuerSigningKeys = keys.GetSigningKeys(),
                TryAllIssuerSigningKeys = false,
                ValidIssuer = client.Issuer,
                ValidAudience = client.ClientId,
                ValidAlgorithms = [algorithm],
                ValidateLifetime = false,
            }
        );
        Assert.True(verified.IsValid, verified.Exception?.ToString());
    }

    private static async Task<List<JsonObject>> IdentityKeysAsync(HttpClient http, string issuer) =>
        [
            .. JsonNode.Parse(await http.GetStringAsync(issuer + "/jwks"))!["keys"]!
                .AsArray()
                .Select(key => key!.AsObject())
                .Where(key => key["mcpoidc_use"]?.ToString() == "id_token"),
        ];
}
