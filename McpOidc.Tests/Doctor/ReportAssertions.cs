using McpOidc.Doctor;

namespace McpOidc.Tests.Doctor;

/// <summary>Assertions on a report.</summary>
internal static class ReportAssertions
{
    /// <summary>Asserts a finding of that check whose message or remedy contains each of the words.</summary>
    public static void Has(this DoctorReport report, DoctorOutcome outcome, string check, params string[] words)
    {
        var found = report.Findings.Where(finding =>
            finding.Check == check
            && finding.Outcome == outcome
            && words.All(word => $"{finding.Message} {finding.Remedy}".Contains(word, StringComparison.Ordinal))
        );
        Assert.True(found.Any(), $"No {outcome} of '{check}' with {string.Join(", ", words)}:\n{report.ToJson()}");
    }

    public static void Problem(this DoctorReport report, string check, params string[] words)
    {
        Has(report, DoctorOutcome.Problem, check, words);
        Assert.False(report.IsHealthy);
    }

    public static void Warning(this DoctorReport report, string check, params string[] words) =>
        Has(report, DoctorOutcome.Warning, check, words);

    public static void Ok(this DoctorReport report, string check, params string[] words) => Has(report, DoctorOutcome.Ok, check, words);

    public static void Skipped(this DoctorReport report, string check, params string[] words) =>
        Has(report, DoctorOutcome.Skipped, check, words);

    /// <summary>Asserts that one fault causes one finding: only these checks report a problem or warning.</summary>
    public static void OnlyIn(this DoctorReport report, params string[] checks)
    {
        var others = report
            .Findings.Where(finding => finding.Outcome is DoctorOutcome.Problem or DoctorOutcome.Warning && !checks.Contains(finding.Check))
            .ToList();
        Assert.True(others.Count == 0, string.Join('\n', others));
    }
}
