using System.Text.RegularExpressions;
using McpOidc.Tests.Conventions;
using McpOidc.Tests.Hosting;
using Microsoft.Data.Sqlite;

namespace McpOidc.Tests.Documentation;

/// <summary>Each runbook is run by tests, or says why it is not.</summary>
public sealed partial class RunbookTests
{
    /// <summary>How many runbooks are marked as not run. Raise it deliberately only.</summary>
    private const int NotRun = 2;

    private const string Backups = "docs/backup-and-restore.md";

    private static readonly string s_runbooks = string.Join(
        '\n',
        new[] { "docs/runbooks.md", "docs/runbooks-store.md" }.Select(page => File.ReadAllText(Path.Combine(Repository.Root, page)))
    );

    [Fact]
    public void Each_runbook_says_which_tests_run_it_or_why_none_does()
    {
        var all = Heading().Matches(s_runbooks).Select(heading => heading.Groups[1].Value).ToList();
        var marked = Mark().Matches(s_runbooks).ToDictionary(mark => mark.Groups[1].Value, mark => mark.Groups[2].Value);
        Assert.NotEmpty(all);
        Assert.Equal(all, marked.Keys);
        Assert.Equal(NotRun, marked.Values.Count(mark => mark.StartsWith("not run: ", StringComparison.Ordinal)));
        foreach (var (runbook, mark) in marked)
        {
            var tests = Test().Matches(mark).Select(test => test.Groups[1].Value).ToList();
            Assert.True(tests.Count > 0 != mark.StartsWith("not run: ", StringComparison.Ordinal), runbook);
            Assert.All(tests, test => Assert.Contains(test, SecurityCaseTests.Tests));
        }
    }

    // Runs the runbook's SQL with the library that the server uses.
    [Fact]
    public async Task Clients_keep_working_after_restoring_a_backup_of_a_SQLite_file_in_use()
    {
        var folder = Directory.CreateTempSubdirectory("mcpoidc-runbook-");
        var backup = Path.Combine(folder.FullName, "backup.db");
        using var store = TestStore.SqliteIn(folder.FullName);
        var file = store.Settings.Single(setting => setting.Key == "McpOidc:Sqlite:Path").Value!;
        await using (var signedIn = await SignedInSystem.StartAsync(_ => { }, store))
        {
            Run(file, SqlOf("VACUUM").Replace("/backup/store.db", backup, StringComparison.Ordinal));
            Assert.Equal("ok", Run(backup, SqlOf("PRAGMA integrity_check")));
            var (lost, _) = await signedIn.SignInAgainAsync();
            lost.Dispose();
            await signedIn.System.StopAsync();

            // Closing the last connection deletes the other two files.
            foreach (var left in ((string[])["", "-wal", "-shm"]).Select(end => file + end).Where(File.Exists))
            {
                File.Move(left, left + ".away");
            }

            File.Move(backup, file);
            await signedIn.System.RestartAsync();
            Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
            Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);
        }

        folder.Delete(recursive: true);
    }

    private static string SqlOf(string begin) =>
        CodeBlock
            .Of("bash")
            .Where(block => block.File == Backups)
            .SelectMany(block => Sql().Matches(block.Text))
            .Select(sql => sql.Groups[1].Value)
            .Single(sql => sql.StartsWith(begin, StringComparison.Ordinal));

    private static string? Run(string path, string sql)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString
        );
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // from the documentation
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar() as string;
    }

    [GeneratedRegex("^## (.+?)\\r?$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^## (.+?)\\r?\\n\\r?\\n<!-- ((?:run by|not run:) .+) -->", RegexOptions.Multiline)]
    private static partial Regex Mark();

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex Test();

    [GeneratedRegex("^sqlite3 \\S+ \"(.+)\"\\r?$", RegexOptions.Multiline)]
    private static partial Regex Sql();
}
