using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Token;

/// <summary>One code and one refresh token, many parallel requests, on every store and on two servers (weakness 14).</summary>
public sealed class ParallelRedemptionTests(RedisServerFixture redis) : IClassFixture<RedisServerFixture>
{
    // C02
    [Fact]
    public async Task Only_one_of_200_redemptions_succeeds_with_a_SQLite_file()
    {
        using var store = TestStore.Sqlite();
        await RedeemAtOnceAsync(store, servers: 1);
    }

    // C02
    [RedisTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Only_one_of_200_redemptions_succeeds_with_Redis(int servers)
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await RedeemAtOnceAsync(store, servers);
    }

    // C20, C21
    [RedisFact]
    public async Task A_hundred_parallel_uses_of_a_refresh_token_on_two_servers_get_one_successor()
    {
        using var store = TestStore.Redis(await redis.ServerAsync());
        await using var system = await TestSystem.StartAsync(store: store);
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        using var second = new OAuthClient((await system.StartSecondServerAsync()).Origin, system.Resource) { ClientId = client.ClientId };

        var answers = await Task.Run(() =>
            Task.WhenAll(Enumerable.Range(0, 100).Select(number => (number % 2 == 0 ? client : second).RefreshAsync(tokens.RefreshToken)))
        );

        Assert.All(answers, answer => Assert.True(answer.Status == 200, answer.Body.ToJsonString()));
        var successor = Assert.Single(answers.Select(answer => answer.RefreshToken).Distinct());

        // C21: one server's response was lost, and the client asks the other server again.
        Assert.Equal(successor, (await second.RefreshAsync(tokens.RefreshToken)).RefreshToken);
        var next = await second.RefreshAsync(successor);
        Assert.Equal(system.Issuer, Jwt.Read(next.AccessToken)["iss"]);

        // C19: both servers know of the theft.
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken)).Error);
        Assert.Equal("invalid_grant", (await second.RefreshAsync(next.RefreshToken)).Error);
    }

    private static async Task RedeemAtOnceAsync(TestStore store, int servers)
    {
        await using var system = await TestSystem.StartAsync(store: store);
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var code = await client.GetCodeAsync(browser);
        using var second = new OAuthClient(servers > 1 ? (await system.StartSecondServerAsync()).Origin : system.Issuer, system.Resource)
        {
            ClientId = client.ClientId,
        };

        var answers = await Task.Run(() =>
            Task.WhenAll(
                Enumerable
                    .Range(0, 200)
                    .Select(number => (number % 2 == 0 ? client : second).RedeemAsync(code, ("code_verifier", client.Verifier)))
            )
        );

        var winner = Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(
            answers.Where(answer => answer != winner),
            answer => Assert.True(answer is { Status: 400, Error: "invalid_grant" }, $"{answer.Status} {answer.Body.ToJsonString()}")
        );
        // There is no telling which of them was the client: the family is dead.
        Assert.Equal("invalid_grant", (await client.RefreshAsync(winner.RefreshToken)).Error);
    }
}
