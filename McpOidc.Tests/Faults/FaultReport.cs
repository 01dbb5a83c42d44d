using System.Globalization;
using System.Text;

namespace McpOidc.Tests.Faults;

/// <summary>The table at the end of a run.</summary>
internal static class FaultReport
{
    public static string Write(string store, RigSettings settings, Ledger ledger, int working)
    {
        var report = new StringBuilder();
        report.AppendLine(
            CultureInfo.InvariantCulture,
            $"{store}: {settings.Duration.TotalSeconds:F0} s, {settings.Installations} installations, seed "
                + $"{settings.Seed}{(settings.StrictProvider ? ", strict provider" : "")}"
        );
        foreach (var bar in Enum.GetValues<Bar>())
        {
            Row(report, bar.ToString(), ledger.Breaches.Count(breach => breach.Bar == bar));
        }

        Row(report, "installations that work at the end", working);
        string[] counts =
        [
            "refreshes",
            "refreshes tried again",
            "successors given again",
            "tokens taken from the file of a twin",
            "calls of whoami",
            "calls of upstream_profile",
            "sign-ins",
            "sign-ins begun again",
            "revocations",
            "calls with revoked tokens",
            Newcomers.CutOff,
            "codes raced for",
        ];
        foreach (var what in counts)
        {
            Row(report, what, ledger[what]);
        }

        foreach (var (what, count) in ledger.Starting("provider: ").Concat(ledger.Starting("fault: ")).Concat(ledger.Starting("failed: ")))
        {
            Row(report, what, count);
        }

        foreach (var (what, time) in ledger.Longest.OrderBy(longest => longest.Key, StringComparer.Ordinal))
        {
            report.AppendLine(CultureInfo.InvariantCulture, $"  {time.TotalSeconds, 8:F2} s  longest time {what}");
        }

        return report.ToString();
    }

    private static void Row(StringBuilder report, string what, int count) =>
        report.AppendLine(CultureInfo.InvariantCulture, $"  {count, 8}  {what}");
}
