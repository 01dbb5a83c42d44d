using McpOidc.Doctor;
using McpOidc.Doctor.Walks;
using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Doctor;

/// <summary>docs/doctor.md explains every check, and docs/doctor-clients.md every client.</summary>
public sealed class DoctorDocsTests
{
    private static readonly string s_checks = File.ReadAllText(Path.Combine(Repository.Root, "docs", "doctor.md"));
    private static readonly string s_clients = File.ReadAllText(Path.Combine(Repository.Root, "docs", "doctor-clients.md"));

    [Fact]
    public async Task Every_check_has_a_section()
    {
        var names = (await Examine.RunAsync(Examine.Settings()))
            .Findings.Select(finding => finding.Check.Split(" http")[0])
            .Distinct()
            .ToList();
        Assert.True(names.Count >= Checks.InOrder.Count - 3, string.Join(", ", names));
        Assert.All([.. names, "unknown settings"], name => Assert.Contains($"\n### {name}\n", s_checks, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_client_has_a_row() =>
        Assert.All(KnownClients.All, client => Assert.Contains($"\n| {client.Name} |", s_clients, StringComparison.Ordinal));
}
