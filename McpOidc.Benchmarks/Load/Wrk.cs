using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace McpOidc.Benchmarks.Load;

/// <summary>What wrk sends, and where.</summary>
/// <param name="Url">The URL, behind the proxy.</param>
/// <param name="Host">The public host name.</param>
/// <param name="Script">The Lua script.</param>
/// <param name="Arguments">The script's arguments.</param>
internal sealed record WrkTarget(string Url, string Host, string Script, params string[] Arguments)
{
    /// <summary>The processors that wrk may use, in <c>taskset</c> syntax; all if <see langword="null"/>.</summary>
    public string? Cores { get; init; }
}

/// <summary>The load generator (Debian's <c>wrk</c>), driven by Lua scripts.</summary>
internal static partial class Wrk
{
    /// <param name="target">What to send, and where.</param>
    /// <param name="duration">The duration, in whole seconds.</param>
    /// <param name="connections">The number of connections.</param>
    /// <param name="rate">The rate per second; full speed if <see langword="null"/>.</param>
    public static async Task<LoadResult> RunAsync(WrkTarget target, TimeSpan duration, int connections, double? rate)
    {
        var file = Path.GetTempFileName();
        var pace = rate is { } perSecond
            ? LoadScripts.AtRate.Replace("RATE", perSecond.ToString("F1", CultureInfo.InvariantCulture), StringComparison.Ordinal)
            : "";
        await File.WriteAllTextAsync(file, pace + ReverseProxy.Script(target.Host) + target.Script);
        try
        {
            string[] all =
            [
                "-t1",
                $"-c{connections}",
                $"-d{Math.Max(1, (int)duration.TotalSeconds)}s",
                "--latency",
                "-s",
                file,
                target.Url,
                "--",
                .. target.Arguments,
            ];
            using var process = Children.Start(new ProcessStartInfo("wrk", all) { RedirectStandardOutput = true }, target.Cores);
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0
                ? Parse(output)
                : throw new InvalidOperationException($"wrk ended with {process.ExitCode} and printed: {output}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static LoadResult Parse(string output)
    {
        var errors = BadAnswers().Match(output) is { Success: true } bad
            ? long.Parse(bad.Groups[1].Value, CultureInfo.InvariantCulture)
            : 0;
        var broken = Broken().Match(output) is { Success: true } sockets
            ? Enumerable.Range(1, 4).Sum(group => long.Parse(sockets.Groups[group].Value, CultureInfo.InvariantCulture))
            : 0;
        return
            Rate().Match(output) is { Success: true } rate
            && Slowest().Match(output) is { Success: true } p99
            && Answers().Match(output) is { Success: true } count
            ? new LoadResult(
                double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture),
                long.Parse(count.Groups[1].Value, CultureInfo.InvariantCulture),
                Time(p99),
                errors + broken
            )
            : throw new InvalidOperationException("wrk printed: " + output);
    }

    private static TimeSpan Time(Match match)
    {
        var value = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        return match.Groups[2].Value switch
        {
            "us" => TimeSpan.FromMicroseconds(value),
            "ms" => TimeSpan.FromMilliseconds(value),
            _ => TimeSpan.FromSeconds(value),
        };
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
