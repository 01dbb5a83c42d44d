using System.Runtime.CompilerServices;

namespace McpOidc.Doctor;

/// <summary>Compares this machine's clock with those that were seen on the way: the identity provider's and that of Redis.</summary>
internal sealed class ClockCheck : ICheck
{
    private static readonly Finding s_finding = new("clock");

    // A Date header has whole seconds, and an answer takes its time.
    private static readonly TimeSpan s_agreement = TimeSpan.FromSeconds(5);

    // IdentityTokenValidator accepts an id_token that is this much off.
    private static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(60);

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await Task.CompletedTask;
        if (examination.Clocks.Count == 0)
        {
            yield return s_finding.Skipped("Nobody was reached whose clock could be compared with.");
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
            $"The clock of this machine is {Words(off)} {(seen.Ahead > TimeSpan.Zero ? "behind" : "ahead of")} that of {seen.Whose}";
        const string Remedy = "Set the clock by NTP, on whichever of the two machines it is wrong.";
        return off > s_tolerance
            ? s_finding.Problem($"{message}: id_tokens look expired or not yet valid, and nobody can sign in.", Remedy)
            : s_finding.Warning(message + ".", Remedy);
    }

    private static string Words(TimeSpan span) =>
        span < TimeSpan.FromMinutes(2) ? $"{span.TotalSeconds:0} seconds" : $"{span:d\\.hh\\:mm\\:ss}";
}
