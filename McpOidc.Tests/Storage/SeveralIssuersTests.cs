using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Storage;

/// <summary>Two issuers on one Redis, each under its own prefix (security case H28).</summary>
[RequiresRedis]
public sealed class SeveralIssuersTests
{
    private const string Id = "the-same-id";

    [RedisFact]
    public async Task Tokens_and_codes_from_one_issuer_are_worthless_at_another_issuer_on_the_same_Redis()
    {
        await using var redis = await RedisServer.StartAsync();
        using var oneStore = TestStore.Redis(redis);
        using var otherStore = TestStore.Redis(redis);
        await using var one = await TestSystem.StartAsync(Configure, oneStore);
        await using var other = await TestSystem.StartAsync(Configure, otherStore);
        using var client = one.CreateClient(Id);
        using var stranger = other.CreateClient(Id);
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        var code = await client.GetCodeAsync(browser);

        Assert.Equal("invalid_grant", (await stranger.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal("invalid_grant", (await stranger.RedeemAsync(code, ("code_verifier", client.Verifier))).Error);
        using var call = await stranger.CallAsync(other.McpOrigin + "/echo", tokens.AccessToken, HttpMethod.Post);
        Assert.Equal(401, (int)call.StatusCode);
        Assert.NotEqual(await KeysAsync(client), await KeysAsync(stranger));
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    private static void Configure(TestSystemOptions options) =>
        options.AddClient(
            0,
            Id,
            null,
            ("GrantTypes:0", "authorization_code"),
            ("GrantTypes:1", "refresh_token"),
            ("RedirectUris:0", OAuthClient.DefaultRedirectUri)
        );

    private static Task<string> KeysAsync(OAuthClient client) => client.Http.GetStringAsync(client.Issuer + "/jwks");
}
