using System.Text.Json;

namespace McpOidc.Doctor;

/// <summary>All findings, in the order in which things were looked at.</summary>
/// <param name="Findings">The findings.</param>
public sealed record DoctorReport(IReadOnlyList<DoctorFinding> Findings)
{
    /// <summary>Whether nothing is a problem. Warnings and what was skipped do not count.</summary>
    public bool IsHealthy => Findings.All(finding => finding.Outcome != DoctorOutcome.Problem);

    /// <summary>The report for machines: <c>{"healthy":…,"findings":[{"check","outcome","message","remedy"}]}</c>, outcomes in lower
    /// case.</summary>
    public string ToJson() => JsonSerializer.Serialize(new DoctorDocument(IsHealthy, Findings), DoctorJson.Default.DoctorDocument);
}
