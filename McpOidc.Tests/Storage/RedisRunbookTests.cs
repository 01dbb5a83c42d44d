using System.Diagnostics;
using System.Text.RegularExpressions;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Storage;

/// <summary>Runs the steps for restoring a Redis backup exactly as written in docs/backup-and-restore.md.</summary>
public sealed partial class RedisRunbookTests
{
    private const string Heading = "\n## Redis\n";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [RedisFact]
    public async Task A_person_signed_in_at_the_backup_is_signed_in_after_the_restore_and_the_file_is_persisted_again()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "yes");
        using var store = TestStore.Redis(redis, prefix: "mcpoidc:");
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Secret", new string('s', 40)), store);
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        await TellAsync(redis, "SAVE");
        var backup = Directory.CreateTempSubdirectory("mcpoidc-backup-").FullName;
        File.Copy(Path.Combine(redis.Folder, "dump.rdb"), Path.Combine(backup, "dump.rdb"));
        var later = await client.RefreshAsync(tokens.RefreshToken);
        File.Delete(Path.Combine(redis.Folder, "dump.rdb"));

        // Redis does not read the dump if append-only files are enabled.
        await redis.KillAsync();
        File.Copy(Path.Combine(backup, "dump.rdb"), Path.Combine(redis.Folder, "dump.rdb"));
        Directory.Delete(Path.Combine(redis.Folder, "appendonlydir"), recursive: true);
        await redis.RestartAsync();
        Assert.Equal("0", await TellAsync(redis, "DBSIZE"));

        foreach (var step in Steps())
        {
            await RunAsync(redis, step, backup);
        }

        await using (var server = await system.StartAnotherServerAsync())
        {
            later = await client.RefreshAsync(later.RefreshToken, server.Origin);
            Assert.Equal(200, later.Status);
        }

        // A normal restart from the append-only file.
        await redis.KillAsync();
        await redis.RestartAsync();
        await using var again = await system.StartAnotherServerAsync();
        Assert.Equal(200, (await client.RefreshAsync(later.RefreshToken, again.Origin)).Status);
        Directory.Delete(backup, recursive: true);
    }

    private static string[] Steps()
    {
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, "docs/backup-and-restore.md"));
        var section = text[text.IndexOf(Heading, StringComparison.Ordinal)..];
        return Block().Match(section).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task RunAsync(RedisServer redis, string step, string backup)
    {
        if (step.StartsWith("redis-server ", StringComparison.Ordinal))
        {
            await redis.RestartAsync(["--appendonly", "no"]);
            return;
        }

        var command = step.Replace("redis-cli", $"redis-cli -p {redis.Port}", StringComparison.Ordinal).Replace("/backup/", backup + "/");
        // This server has no configuration file to rewrite.
        if (!step.EndsWith("config rewrite", StringComparison.Ordinal))
        {
            var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = redis.Folder, RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync().WaitAsync(s_patience);
            Assert.Equal((step, 0), (step, process.ExitCode));
        }

        if (step.EndsWith("info persistence", StringComparison.Ordinal))
        {
            await WaitUntilWrittenAsync(redis);
        }
    }

    private static async Task WaitUntilWrittenAsync(RedisServer redis)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (
            await TellAsync(redis, "INFO", "persistence") is var info
            && !(
                info.Contains("aof_enabled:1", StringComparison.Ordinal)
                && info.Contains("aof_rewrite_in_progress:0", StringComparison.Ordinal)
            )
        )
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }

    private static async Task<string> TellAsync(RedisServer redis, string command, params object[] arguments)
    {
        await using var connection = await redis.ConnectAsync();
        return (string)(await connection.GetDatabase().ExecuteAsync(command, arguments))!;
    }

    [GeneratedRegex("```redis\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
