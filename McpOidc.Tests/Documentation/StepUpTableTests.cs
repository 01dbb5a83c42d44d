using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Documentation;

/// <summary>Which client asks the user again, according to docs/scopes.md.</summary>
public sealed class StepUpTableTests
{
    [Fact]
    public void Every_client_in_the_table_has_an_existing_test()
    {
        string[][] rows =
        [
            .. File.ReadAllLines(Path.Combine(Repository.Root, "docs", "scopes.md"))
                .SkipWhile(line => line != "## Step-up")
                .SkipWhile(line => !line.StartsWith('|'))
                .TakeWhile(line => line.StartsWith('|'))
                .Skip(2)
                .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)),
        ];
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Contains(row[^1].Trim('`'), SecurityCaseTests.Tests));
    }
}
