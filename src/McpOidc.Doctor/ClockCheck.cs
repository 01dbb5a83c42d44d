using System.Runtime.CompilerServices;

namespace McpOidc.Doctor;

/// <summary>Compares this machine's clock with those of the identity provider and Redis.</summary>
internal sealed class ClockCheck : ICheck
{
    private static readonly Finding s_finding = new("clock");

    // A Date header has a resolution of one second, and a response takes time.
    private static readonly TimeSpan s_agreement = TimeSpan.FromSeconds(5);

    // IdentityTokenValidator accepts an id_token with this clock skew.
    private static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(60);

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await Task.CompletedTask;
        if (examination.Clocks.Count == 0)
        {
            yield return s_finding.Skipped("No other clock was reachable.");
        }

        foreach (var seen in examination.Clocks)
        {
            yield return Judge(seen);
        }
    }

    private static DoctorFinding Judge(SeenClock seen)
    {
        var off = seen.Ahead.Duration();
        if (off < s_agreement)
        {
            return s_finding.Ok($"This machine and {seen.Whose} agree to within {s_agreement.TotalSeconds:0} seconds.");
        }

        var message =
            $"This machine's clock is {Words(off)} {(seen.Ahead > TimeSpan.Zero ? "behind" : "ahead of")} the clock of {seen.Whose}";
        const string Remedy = "Synchronize the clock that is wrong with NTP.";
        return off > s_tolerance
            ? s_finding.Problem($"{message}: id_tokens look expired or not yet valid, and users cannot sign in.", Remedy)
            : s_finding.Warning(message + ".", Remedy);
    }

    private static string Words(TimeSpan span) =>
        span < TimeSpan.FromMinutes(2) ? $"{span.TotalSeconds:0} seconds" : $"{span:d\\.hh\\:mm\\:ss}";
}
