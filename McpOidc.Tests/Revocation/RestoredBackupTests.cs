using McpOidc.Tests.Hosting;
using Microsoft.Data.Sqlite;

namespace McpOidc.Tests.Revocation;

/// <summary>The store is put back to an older point (security case H30).</summary>
public sealed class RestoredBackupTests
{
    [Fact]
    public async Task A_token_rotated_after_the_backup_ends_its_family_when_it_comes_to_the_restored_store()
    {
        using var store = TestStore.Sqlite();
        using var backup = TestStore.Sqlite();
        await using var system = await TestSystem.StartAsync(store: store);
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Copy(store, backup);
        var later = await client.RefreshAsync((await client.RefreshAsync(tokens.RefreshToken)).RefreshToken);

        await using var restored = await system.StartAnotherServerAsync([.. backup.Settings]);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(later.RefreshToken, restored.Origin)).Error);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(tokens.RefreshToken, restored.Origin)).Error);
    }

    [Fact]
    public async Task A_code_redeemed_after_the_backup_has_ended_when_its_minute_is_over()
    {
        using var store = TestStore.Sqlite();
        using var backup = TestStore.Sqlite();
        // The key for client ids comes from it: without one, Development keeps it in a file beside each store.
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
}
