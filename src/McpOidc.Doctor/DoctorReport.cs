using System.Text.Json;

namespace McpOidc.Doctor;

/// <summary>All findings, in the order of the checks.</summary>
/// <param name="Findings">The findings.</param>
public sealed record DoctorReport(IReadOnlyList<DoctorFinding> Findings)
{
    /// <summary>Whether there are no problems. Warnings and skipped checks do not count.</summary>
    public bool IsHealthy => Findings.All(finding => finding.Outcome != DoctorOutcome.Problem);

    /// <summary>The report as JSON: <c>{"healthy":…,"findings":[{"check","outcome","message","remedy"}]}</c>, with outcomes in lower
    /// case.</summary>
    public string ToJson() => JsonSerializer.Serialize(new DoctorDocument(IsHealthy, Findings), DoctorJson.Default.DoctorDocument);
}
