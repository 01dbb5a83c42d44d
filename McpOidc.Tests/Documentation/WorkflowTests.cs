using System.Text.RegularExpressions;
using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Documentation;

/// <summary>GitHub's workflows: pinned to commits, with minimal permissions, and using scripts that exist.</summary>
public sealed partial class WorkflowTests
{
    private static readonly string[] s_workflows =
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, ".github", "workflows")).Select(file => Path.GetFileName(file)!),
    ];

    public static TheoryData<string> Workflows => [.. s_workflows];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Every_action_is_pinned_to_a_commit_and_names_its_version(string workflow)
    {
        var uses = Lines(workflow).Where(line => line.Contains("uses:", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(uses);
        Assert.All(uses, line => Assert.Matches(Pinned(), line));
    }

    [Fact]
    public void An_action_is_pinned_to_the_same_commit_in_all_workflows() =>
        Assert.All(
            s_workflows
                .SelectMany(Lines)
                .Select(line => Pinned().Match(line))
                .Where(match => match.Success)
                .GroupBy(match => match.Groups[1].Value),
            action => Assert.Single(action.Select(match => match.Groups[2].Value).Distinct())
        );

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_workflow_has_only_read_permission_unless_a_job_declares_more(string workflow) =>
        Assert.Contains("\npermissions:\n  contents: read\n", string.Join('\n', Lines(workflow)), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Every_script_that_a_workflow_runs_exists(string workflow) =>
        Assert.All(
            Lines(workflow).SelectMany(line => Script().Matches(line)).Select(match => match.Groups[1].Value),
            script => Assert.True(File.Exists(Path.Combine(Repository.Root, script)), $"There is no {script}.")
        );

    [Fact]
    public void Every_package_is_packed_by_the_release()
    {
        var packed = File.ReadAllText(Path.Combine(Repository.Root, "packaging", "pack"));
        var packable = Directory
            .EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(project => File.ReadAllText(project).Contains("<IsPackable>true", StringComparison.Ordinal))
            .Select(project => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(project)!))
            .ToList();
        Assert.NotEmpty(packable);
        Assert.All(
            packable.Where(folder => Path.GetDirectoryName(folder) != "src"),
            folder => Assert.Contains($" {folder}", packed, StringComparison.Ordinal)
        );
        Assert.Contains("in src/*/ ", packed, StringComparison.Ordinal);
    }

    private static string[] Lines(string workflow) => File.ReadAllLines(Path.Combine(Repository.Root, ".github", "workflows", workflow));

    [GeneratedRegex(@"uses: ([\w.-]+/[\w.-]+)(?:/[\w.-]+)*@([0-9a-f]{40}) # v\d+\.\d+\.\d+$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"run: \./([\w./-]+)")]
    private static partial Regex Script();
}
