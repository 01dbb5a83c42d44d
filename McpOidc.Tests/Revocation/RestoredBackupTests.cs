using McpOidc.Tests.DPoP;
using McpOidc.Tests.Hosting;
using Microsoft.Data.Sqlite;

namespace McpOidc.Tests.Revocation;

/// <summary>The store is restored to an earlier state (security case H30).</summary>
public sealed class RestoredBackupTests
{
    // The backup knows three tokens; two more were issued later. For each: the answer, whether the grant ends, whether a loss is reported.
    [Theory]
    [InlineData(0, "invalid_grant", true, false)]
    [InlineData(1, null, false, false)]
    [InlineData(2, null, false, false)]
    [InlineData(3, null, false, true)]
    [InlineData(4, null, false, true)]
    public async Task A_token_is_judged_by_its_generation_and_only_one_older_than_the_record_counts_as_theft(
        int presented,
        string? error,
        bool ends,
        bool isLoss
    )
    {
        await using var world = await World.StartAsync();
        var tokens = new List<string> { (await world.Client.SignInAsync(world.Browser)).RefreshToken };
        for (var last = 1; last < 5; last++)
        {
            if (last == 3)
            {
                world.BackUp();
            }

            tokens.Add((await world.Client.RefreshAsync(tokens[^1])).RefreshToken);
        }

        var site = await world.RestoreAsync();
        var answer = await world.Client.RefreshAsync(tokens[presented], site.Origin);
        Assert.Equal(error, answer["error"]?.ToString());
        Assert.Equal(ends, world.Tells("refresh_token.replayed"));
        Assert.Equal(isLoss, world.Tells("refresh_token.newer"));
        if (error is null)
        {
            // A retry gets the same token, as everywhere, and that token works.
            Assert.Equal(answer.RefreshToken, (await world.Client.RefreshAsync(tokens[presented], site.Origin)).RefreshToken);
            Assert.Equal(200, (await world.Client.RefreshAsync(answer.RefreshToken, site.Origin)).Status);
        }
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 3)]
    [InlineData(4, 0)]
    public async Task Two_holders_of_tokens_of_one_family_never_both_continue(int first, int second)
    {
        await using var world = await World.StartAsync();
        var tokens = new List<string> { (await world.Client.SignInAsync(world.Browser)).RefreshToken };
        for (var last = 1; last < 5; last++)
        {
            if (last == 3)
            {
                world.BackUp();
            }

            tokens.Add((await world.Client.RefreshAsync(tokens[^1])).RefreshToken);
        }

        var site = await world.RestoreAsync();
        var next = await world.Client.RefreshAsync(tokens[first], site.Origin);
        next = await world.Client.RefreshAsync(next.RefreshToken, site.Origin);
        Assert.Equal(200, next.Status);
        Assert.Equal("invalid_grant", (await world.Client.RefreshAsync(tokens[second], site.Origin)).Error);
        Assert.True(world.Tells("refresh_token.replayed"));
        Assert.Equal("invalid_grant", (await world.Client.RefreshAsync(next.RefreshToken, site.Origin)).Error);
    }

    [Fact]
    public async Task A_redemption_missing_from_the_backup_is_restored_by_its_refresh_token_and_the_code_is_used_up()
    {
        await using var world = await World.StartAsync();
        await world.Client.RegisterAsync();
        var code = await world.Client.GetCodeAsync(world.Browser);
        world.BackUp();
        var tokens = await world.Client.RedeemAsync(code);

        var site = await world.RestoreAsync();
        using var there = new OAuthClient(site.Origin, world.Client.Resource) { ClientId = world.Client.ClientId };
        Assert.Equal(200, (await there.RefreshAsync(tokens.RefreshToken)).Status);
        Assert.True(world.Tells("refresh_token.newer"));
        Assert.Equal("invalid_grant", (await there.RedeemAsync(code, ("code_verifier", world.Client.Verifier))).Error);
    }

    [Fact]
    public async Task A_token_whose_key_is_missing_from_the_backup_is_refused_without_an_alarm()
    {
        await using var world = await World.StartAsync();
        var tokens = await world.Client.SignInAsync(world.Browser);
        world.BackUp();
        using var key = new ClientKey();
        world.Client.Proof = url => key.Proof("POST", url);
        var bound = await world.Client.RefreshAsync(tokens.RefreshToken);

        var site = await world.RestoreAsync();
        world.Client.Proof = null;
        Assert.Equal("invalid_grant", (await world.Client.RefreshAsync(bound.RefreshToken, site.Origin)).Error);
        Assert.True(world.Tells("refresh_token.newer"));
        Assert.False(world.Tells("refresh_token.replayed"));
        Assert.Equal(200, (await world.Client.RefreshAsync(tokens.RefreshToken, site.Origin)).Status);
    }

    [Fact]
    public async Task A_code_redeemed_after_the_backup_is_expired_on_restore_once_its_minute_is_over()
    {
        using var store = TestStore.Sqlite();
        using var backup = TestStore.Sqlite();
        // The key for client ids is derived from it: without a secret, Development keeps the key in a file next to each store.
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Secret", new string('s', 40)), store);
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var code = await client.GetCodeAsync(browser);
        Copy(store, backup);
        Assert.Equal(200, (await client.RedeemAsync(code)).Status);

        system.Clock.Advance(TimeSpan.FromMinutes(2));
        await using var restored = await system.StartAnotherServerAsync([.. backup.Settings]);
        using var there = new OAuthClient(restored.Origin, client.Resource) { ClientId = client.ClientId };
        Assert.Equal("invalid_grant", (await there.RedeemAsync(code, ("code_verifier", client.Verifier))).Error);
    }

    private static void Copy(TestStore store, TestStore backup)
    {
        using var from = Open(store);
        using var to = Open(backup);
        from.BackupDatabase(to);
    }

    private static SqliteConnection Open(TestStore store)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = store.Settings[0].Value, Pooling = false }.ConnectionString
        );
        connection.Open();
        return connection;
    }

    /// <summary>A server, its client, and another server on an earlier state of the store.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly TestStore _store = TestStore.Sqlite();
        private readonly TestStore _backup = TestStore.Sqlite();
        private TestSystem _system = null!;
        private TestSite? _restored;

        public Browser Browser { get; } = new();

        public OAuthClient Client { get; private set; } = null!;

        public static async Task<World> StartAsync()
        {
            var world = new World();
            // Without a secret, Development keeps the key for client ids in a file next to each store.
            world._system = await TestSystem.StartAsync(options => options.Set("McpOidc:Secret", new string('s', 40)), world._store);
            world.Client = world._system.CreateClient();
            return world;
        }

        public void BackUp() => Copy(_store, _backup);

        public async Task<TestSite> RestoreAsync() => _restored = await _system.StartAnotherServerAsync([.. _backup.Settings]);

        public bool Tells(string what) => _restored!.Logs.Lines.Any(line => line.Contains(what, StringComparison.Ordinal));

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            Browser.Dispose();
            if (_restored is not null)
            {
                await _restored.DisposeAsync();
            }

            await _system.DisposeAsync();
            _store.Dispose();
            _backup.Dispose();
        }
    }
}
