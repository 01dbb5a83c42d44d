using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace McpOidc.Benchmarks.Load;

/// <summary>What a run of wrk measured.</summary>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="Count">All answers.</param>
/// <param name="P99">99 of 100 took at most so long; without correction for requests that were not sent.</param>
/// <param name="Errors">Answers that were not 2xx, and connections that broke.</param>
internal sealed record LoadResult(double PerSecond, long Count, TimeSpan P99, long Errors);

/// <summary>The load generator (Debian's <c>wrk</c>), driven by Lua scripts.</summary>
internal static partial class Wrk
{
    /// <param name="url">Where to.</param>
    /// <param name="script">What to send, in Lua.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="connections">How many at once.</param>
    /// <param name="rate">How many a second; as many as there can be without one.</param>
    /// <param name="arguments">For the script.</param>
    public static async Task<LoadResult> RunAsync(string url, string script, TimeSpan duration, int connections, double? rate, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, rate is { } perSecond ? LoadScripts.AtRate.Replace("RATE", perSecond.ToString("F1", CultureInfo.InvariantCulture), StringComparison.Ordinal) + script : script);
        try
        {
            string[] all = ["-t1", $"-c{connections}", $"-d{Math.Max(1, (int)duration.TotalSeconds)}s", "--latency", "-s", file, url, "--", .. arguments];
            using var process = Process.Start(new ProcessStartInfo("wrk", all) { RedirectStandardOutput = true })!;
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return Parse(output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static LoadResult Parse(string output)
    {
        var errors = BadAnswers().Match(output) is { Success: true } bad ? long.Parse(bad.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        var broken = Broken().Match(output) is { Success: true } sockets ? Enumerable.Range(1, 4).Sum(group => long.Parse(sockets.Groups[group].Value, CultureInfo.InvariantCulture)) : 0;
        return Rate().Match(output) is { Success: true } rate && Slowest().Match(output) is { Success: true } p99 && Answers().Match(output) is { Success: true } count
            ? new LoadResult(double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture), long.Parse(count.Groups[1].Value, CultureInfo.InvariantCulture), Time(p99), errors + broken)
            : throw new InvalidOperationException("wrk printed: " + output);
    }

    private static TimeSpan Time(Match match)
    {
        var value = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        return match.Groups[2].Value switch { "us" => TimeSpan.FromMicroseconds(value), "ms" => TimeSpan.FromMilliseconds(value), _ => TimeSpan.FromSeconds(value) };
    }

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"99%\s+([0-9.]+)(us|ms|s)")]
    private static partial Regex Slowest();

    [GeneratedRegex("([0-9]+) requests in")]
    private static partial Regex Answers();

    [GeneratedRegex("Non-2xx or 3xx responses: ([0-9]+)")]
    private static partial Regex BadAnswers();

    [GeneratedRegex("Socket errors: connect ([0-9]+), read ([0-9]+), write ([0-9]+), timeout ([0-9]+)")]
    private static partial Regex Broken();
}
