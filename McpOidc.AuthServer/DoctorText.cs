using System.Text;
using McpOidc.Doctor;

namespace McpOidc.AuthServer;

/// <summary>The report as text.</summary>
internal static class DoctorText
{
    private const int Indent = 9;

    public static string Write(DoctorReport report)
    {
        var text = new StringBuilder();
        foreach (var finding in report.Findings)
        {
            text.AppendLine($"{WordOf(finding.Outcome), -Indent}{finding.Check}: {finding.Message}");
            if (finding.Remedy is { } remedy)
            {
                text.AppendLine($"{new string(' ', Indent)}→ {remedy}");
            }
        }

        var problems = report.Findings.Count(finding => finding.Outcome == DoctorOutcome.Problem);
        var warnings = report.Findings.Count(finding => finding.Outcome == DoctorOutcome.Warning);
        return text.AppendLine()
            .Append(
                $"{problems} {(problems == 1 ? "problem" : "problems")}, {warnings} {(warnings == 1 ? "warning" : "warnings")}. See "
                    + $"docs/doctor.md for explanations."
            )
            .ToString();
    }

    private static string WordOf(DoctorOutcome outcome) =>
        outcome switch
        {
            DoctorOutcome.Ok => "ok",
            DoctorOutcome.Skipped => "skipped",
            DoctorOutcome.Warning => "warning",
            _ => "problem",
        };
}
