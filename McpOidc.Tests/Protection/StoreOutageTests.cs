using McpOidc.Revocation;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Protection;

/// <summary>What keeps working while Redis is unavailable (H03). behaviour.md B26: the npm package hangs and calls itself
/// healthy.</summary>
public sealed class StoreOutageTests
{
    private const string Unknown = "the token could not be checked";

    [RedisTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_the_store_known_grants_work_for_the_stated_time_and_all_else_yields_503_with_Retry_After(bool standalone)
    {
        await using var redis = await RedisServer.StartAsync();
        using var store = TestStore.Redis(redis);
        await using var signedIn = await SignedInSystem.StartAsync(options => options.Standalone = standalone, store);
        var (other, unseen) = await signedIn.SignInAgainAsync();
        using var _ = other;
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        await redis.KillAsync();

        signedIn.System.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        Assert.Equal(401, await signedIn.StatusAsync("garbage"));
        Assert.DoesNotContain(signedIn.System.Mcp.Logs.Lines, line => line.Contains(Unknown, StringComparison.Ordinal));
        await AssertUnavailableAsync(await signedIn.Client.CallAsync(signedIn.Echo, unseen.AccessToken));
        Assert.Single(signedIn.System.Mcp.Logs.Lines, line => line.Contains(Unknown, StringComparison.Ordinal));

        signedIn.System.Clock.Advance(TimeSpan.FromSeconds(61));
        await AssertUnavailableAsync(await signedIn.Client.CallAsync(signedIn.Echo, signedIn.Tokens.AccessToken));

        var refresh = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal((503, "temporarily_unavailable"), (refresh.Status, refresh.Error));
        Assert.NotNull(refresh.Headers.RetryAfter);
        Assert.True(refresh.Headers.CacheControl?.NoStore);

        using var page = await signedIn.Browser.GetAsync(signedIn.Client.AuthorizeUrl());
        Assert.Equal(503, (int)page.StatusCode);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.NotNull(page.Headers.RetryAfter);
        Assert.DoesNotContain("Redis", await page.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);

        using var register = await signedIn.Client.Http.PostAsync(
            signedIn.System.Issuer + "/register",
            new StringContent(OAuthClient.StoredMetadata(OAuthClient.DefaultRedirectUri).ToJsonString(), null, "application/json")
        );
        Assert.Equal(503, (int)register.StatusCode);
        using var jwks = await signedIn.Client.Http.GetAsync(new Uri(signedIn.System.Issuer + "/jwks"));
        Assert.Equal(200, (int)jwks.StatusCode);
    }

    // Anything that ended before then would have been announced.
    [RedisFact]
    public async Task The_stated_time_is_counted_from_the_last_response_of_the_store()
    {
        await using var redis = await RedisServer.StartAsync();
        using var store = TestStore.Redis(redis);
        await using var signedIn = await SignedInSystem.StartAsync(_ => { }, store);
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));

        signedIn.System.Clock.Advance(TimeSpan.FromSeconds(50));
        var feed = signedIn.System.Mcp.Services.GetRequiredService<RevocationFeed>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (signedIn.System.Clock.GetUtcNow() - feed.LastFollowed > TimeSpan.FromSeconds(10))
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }

        await redis.KillAsync();
        signedIn.System.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
    }

    private static async Task AssertUnavailableAsync(HttpResponseMessage response)
    {
        using (response)
        {
            Assert.Equal(503, (int)response.StatusCode);
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.Contains("temporarily_unavailable", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }
}
