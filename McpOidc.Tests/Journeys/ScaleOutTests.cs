using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Journeys;

/// <summary>Several auth servers on one Redis act as one auth server.</summary>
public sealed class ScaleOutTests(RedisServerFixture redis) : IClassFixture<RedisServerFixture>
{
    [RedisFact]
    public async Task A_sign_in_started_on_one_server_can_be_completed_on_another()
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await using var system = await TestSystem.StartAsync(options => options.Standalone = true, store);
        var second = await system.StartSecondServerAsync();
        using var client = system.CreateClient();
        using var browser = new Browser { Origin = system.Issuer };
        await client.RegisterAsync();

        // Every step of the browser goes to a different server than the step before.
        var consent = await browser.OpenAsync(client.AuthorizeUrl(), uri => uri.AbsolutePath == "/oauth/consent");
        var callback = await browser.OpenAsync(On(second, consent.Uri), uri => uri.AbsolutePath == "/oauth/callback");
        var resumed = await browser.OpenAsync(callback.Uri.AbsoluteUri, uri => uri.AbsolutePath == "/authorize");
        var answer = await browser.OpenAsync(On(second, resumed.Uri), client.IsRedirectUri);
        Assert.Equal(system.Issuer, answer.Query("iss"));

        using var atSecond = new OAuthClient(second.Origin, client.Resource) { ClientId = client.ClientId };
        var tokens = await client.RedeemAsync(answer.Query("code")!);
        var refreshed = await atSecond.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(200, refreshed.Status);
        using var call = await client.CallAsync($"{system.McpOrigin}/echo", refreshed.AccessToken);
        Assert.True(call.IsSuccessStatusCode);
    }

    [RedisFact]
    public async Task Exactly_one_of_two_hundred_parallel_redemptions_of_a_code_on_two_servers_succeeds()
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await using var system = await TestSystem.StartAsync(options => options.Standalone = true, store);
        var second = await system.StartSecondServerAsync();
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var code = await client.GetCodeAsync(browser);

        var answers = await Task.Run(() =>
            Task.WhenAll(Enumerable.Range(0, 200).Select(i => RedeemAtAsync(client, i % 2 == 0 ? system.Issuer : second.Origin, code)))
        );

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal("invalid_grant", answer.Error));
    }

    [RedisFact]
    public async Task Fifty_parallel_tool_calls_at_expiry_of_the_providers_token_refresh_it_once()
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await using var system = await TestSystem.StartAsync(options => options.Standalone = true, store);
        await system.StartSecondServerAsync();
        await using var client = await SdkClient.ConnectAsync(system.Resource);
        await client.CallAsync("whoami");
        system.Clock.Advance(TimeSpan.FromSeconds(90));

        var answers = await Task.Run(() => Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.CallAsync("upstream_profile"))));

        Assert.All(answers, answer => Assert.Contains("alice@example.com", answer, StringComparison.Ordinal));
        Assert.Equal(1, system.Idp!.Statistics.RefreshRequests);
    }

    private static async Task<TokenAnswer> RedeemAtAsync(OAuthClient client, string server, string code)
    {
        using var redeemer = new OAuthClient(server, client.Resource) { ClientId = client.ClientId };
        return await redeemer.TokenAsync([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", client.RedirectUri),
            ("code_verifier", client.Verifier),
        ]);
    }

    private static string On(TestSite site, Uri uri) => site.Origin + uri.PathAndQuery;
}
