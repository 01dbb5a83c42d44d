using System.Text.RegularExpressions;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Data.Sqlite;

namespace McpOidc.Tests.Documentation;

/// <summary>
/// Every code block of README and docs compiles, parses or is checked word by word (issue 7, bar 5); <see cref="CurlTests"/> sends the
/// requests in them.
/// </summary>
public sealed partial class CodeBlockTests
{
    /// <summary>How many blocks are marked as not checked. Raise it deliberately only.</summary>
    private const int Exempted = 0;

    private static readonly string[] s_kinds = ["bash", "csharp", "haproxy", "ini", "json", "mermaid", "nginx", "redis", "sql", "text"];

    public static TheoryData<string> CSharp => Named("csharp");

    public static TheoryData<string> Json => Named("json");

    public static TheoryData<string> Shell => Named("bash");

    [Fact]
    public void Every_block_is_of_a_kind_that_is_checked() =>
        Assert.Empty(CodeBlock.All.Where(block => !s_kinds.Contains(block.Kind)).Select(block => $"{block} is of kind '{block.Kind}'."));

    [Fact]
    public void Blocks_that_cannot_be_checked_say_why_and_are_counted() =>
        Assert.Equal(Exempted, CodeBlock.All.Count(block => block.Exempt is not null));

    [Fact]
    public void Code_blocks_of_each_kind_are_found() => Assert.All(s_kinds, kind => Assert.NotEmpty(CodeBlock.Of(kind)));

    [Theory]
    [MemberData(nameof(CSharp))]
    public void A_CSharp_block_compiles(string block) => Assert.Empty(CompileBlock.ErrorsOf(Find(block).Text));

    [Theory]
    [MemberData(nameof(Json))]
    public void A_JSON_block_parses_and_its_settings_exist(string block) => Assert.Empty(JsonBlock.ProblemsOf(Find(block).Text));

    [Theory]
    [MemberData(nameof(Shell))]
    public void The_commands_in_a_shell_block_exist_with_their_files_options_and_settings(string block) =>
        Assert.Empty(ShellRules.ProblemsOf(Find(block).Text));

    [Fact]
    public void A_command_in_running_text_exists_as_well()
    {
        // Decisions are historical.
        var commands = CodeBlock
            .Pages()
            .Where(page => !page.StartsWith("docs/decisions/", StringComparison.Ordinal))
            .SelectMany(page =>
                Links.Spans(page).Where(span => span.StartsWith("dotnet ", StringComparison.Ordinal)).Select(span => (page, span))
            )
            .ToList();
        Assert.NotEmpty(commands);
        Assert.Empty(
            commands.SelectMany(command =>
                ShellRules.ProblemsOf(command.span).Select(problem => $"{command.page}: {command.span}: {problem}")
            )
        );
    }

    [Fact]
    public void A_diagram_is_valid_Mermaid_and_its_participants_are_declared()
    {
        foreach (var diagram in CodeBlock.Of("mermaid"))
        {
            var lines = diagram.Text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).ToList();
            Assert.Equal("sequenceDiagram", lines[0]);
            var parties = lines
                .Select(line => Participant().Match(line))
                .Where(match => match.Success)
                .Select(match => match.Groups[1].Value)
                .ToHashSet();
            Assert.All(
                lines.Skip(1).Where(line => !Participant().IsMatch(line)),
                line =>
                {
                    var message = Message().Match(line);
                    Assert.True(
                        message.Success && parties.Contains(message.Groups[1].Value) && parties.Contains(message.Groups[2].Value),
                        $"{diagram}: {line}"
                    );
                }
            );
        }
    }

    [Fact]
    public async Task The_documented_startup_text_matches_the_output_of_the_MCP_server()
    {
        var folder = Directory.CreateTempSubdirectory("mcpoidc-welcome-");
        var (server, idp) = (Loopback.FreePort(), Loopback.FreePort());
        await using (
            var program = await ProgramProcess.StartAssemblyAsync(
                Path.Combine(AppContext.BaseDirectory, "McpOidc.McpServer.dll"),
                folder.FullName,
                new Uri($"http://localhost:{server}/mcp"),
                new Dictionary<string, string>
                {
                    ["DevIdp__Issuer"] = $"http://localhost:{idp}",
                    ["McpOidc__ResourceServer__Resource"] = $"http://localhost:{server}/mcp",
                }
            )
        )
        {
            await program.WaitForOutputAsync("mcp.json");
            var printed = program.Output.Split('\n').Select(line => line.TrimEnd()).ToList();
            Assert.All(
                CodeBlock.Of("text").SelectMany(block => block.Text.Split('\n')).Where(line => line.Length > 0),
                line => Assert.Contains(line.Replace("localhost:3001", $"localhost:{server}", StringComparison.Ordinal), printed)
            );
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_SQL_creates_the_same_tables_as_a_store()
    {
        using var store = TestStore.Sqlite();
        var path = store.Settings.Single(setting => setting.Key == "McpOidc:Sqlite:Path").Value!;
        await using (var made = new SqliteStore(path, TimeProvider.System))
        {
            Assert.Null(await made.GetAsync("nothing", CancellationToken.None));
        }

        var block = Assert.Single(CodeBlock.Of("sql"));
        Assert.Equal(Schema($"Data Source={path};Mode=ReadOnly", ""), Schema("Data Source=:memory:", block.Text));
    }

    // Every column of every table and index, and the version that the file records.
    private static List<string> Schema(string connectionString, string script)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is that of the documentation.
        command.CommandText = script;
#pragma warning restore CA2100
        if (script.Length > 0)
        {
            command.ExecuteNonQuery();
        }

        command.CommandText = """
            SELECT m.type || ' ' || m.name || ' ' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
            UNION ALL SELECT m.name || ' on ' || c.name FROM sqlite_master m JOIN pragma_index_info(m.name) c WHERE m.type = 'index'
            UNION ALL SELECT 'version ' || user_version FROM pragma_user_version ORDER BY 1
            """;
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }

    [Fact]
    public void A_link_within_the_repository_points_to_an_existing_page_and_heading() =>
        Assert.Empty(
            CodeBlock.Pages().Where(page => !page.StartsWith("templates/content", StringComparison.Ordinal)).SelectMany(Links.BrokenOf)
        );

    private static TheoryData<string> Named(string kind) => [.. CodeBlock.Of(kind).Select(block => block.ToString())];

    private static CodeBlock Find(string name) => CodeBlock.All.Single(block => block.ToString() == name);

    [GeneratedRegex(@"^(?:participant|actor) (\w+)")]
    private static partial Regex Participant();

    [GeneratedRegex(@"^(\w+)-?->>?(\w+): .+$")]
    private static partial Regex Message();
}
