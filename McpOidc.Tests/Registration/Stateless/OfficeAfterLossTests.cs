using McpOidc.Tests.Hosting;
using McpOidc.Tests.RateLimits;

namespace McpOidc.Tests.Registration.Stateless;

/// <summary>An office or a hosted client, all behind one address, the morning after the store was lost, with the default limits.</summary>
public sealed class OfficeAfterLossTests
{
    private const string Key = "a-registration-key-of-at-least-thirty-two-characters";
    private const int Clients = 2_000;
    private const int Minutes = 5;
    private const int TooManyRequests = 429;

    [Fact]
    public async Task Two_thousand_clients_behind_one_address_are_back_within_five_minutes()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Registration:Keys:0", Key);
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
        });
        RateLimitTests.BeginWindow(system, TimeSpan.FromHours(1));
        using var client = StrangerLimitTests.From(system, "203.0.113.7");
        var ids = StatelessClientIdTests.Ids(Key, issuer: system.Issuer);
        var lost = new Queue<string>(
            Enumerable.Range(0, Clients).Select(_ => ids.Create(StatelessClientIdTests.Client(client.RedirectUri))!.Client.ClientId)
        );
        for (var minute = 0; minute < Minutes && lost.Count > 0; minute++)
        {
            await ComeBackAsync(client, lost);
            system.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Empty(lost);
        using var browser = new Browser();
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
    }

    // Each client sends requests until one is refused as too many; then it waits for the next minute, as Retry-After says.
    private static async Task ComeBackAsync(OAuthClient client, Queue<string> lost)
    {
        for (var count = lost.Count; count > 0; count--)
        {
            client.ClientId = lost.Dequeue();
            var refused = await client.RefreshAsync("the refresh token of a store that is gone");
            var status = refused.Status == TooManyRequests ? TooManyRequests : await AuthorizeAsync(client, refused);
            if (status == TooManyRequests)
            {
                lost.Enqueue(client.ClientId);
            }
        }
    }

    private static async Task<int> AuthorizeAsync(OAuthClient client, TokenAnswer refused)
    {
        Assert.Equal((400, "invalid_grant"), (refused.Status, refused.Error));
        using var answer = await client.Http.GetAsync(client.AuthorizeUrl());
        Assert.Contains((int)answer.StatusCode, new[] { 303, TooManyRequests });
        return (int)answer.StatusCode;
    }
}
