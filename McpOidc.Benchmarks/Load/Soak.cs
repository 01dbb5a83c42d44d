using System.Diagnostics;
using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>Watches memory under continuous load: it may rise during warm-up, but not after.</summary>
internal static class Soak
{
    private const double RateOfEach = 100;
    private const double SmallestSlope = 0.05;
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(15);
    private static readonly string[] s_names = [LoadOperations.Refresh, LoadOperations.ProtectedTool, LoadOperations.SignIn];

    public static async Task RunAsync(LoadOperations operations, TimeSpan time, Bars bars)
    {
        var (auth, mcp) = (operations.System.AuthServer.Process, operations.System.McpServer!);
        var load = s_names.Select(operations.Named).ToList();
        var samples = new List<(double Minute, double Auth, double Mcp)>();
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time; )
        {
            await Task.WhenAll(load.Select(operation => operation.RunAsync(s_step, RateOfEach)));
            samples.Add((Stopwatch.GetElapsedTime(began).TotalMinutes, auth.Memory, mcp.Memory));
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\nsoak of {time.TotalMinutes:F0} minutes, {RateOfEach * load.Count:F0} operations a second; its second half:"
            )
        );
        // The first half is warm-up.
        var late = samples.Skip(samples.Count / 2).ToList();
        Judge("auth server", [.. late.Select(sample => (sample.Minute, sample.Auth))], bars);
        Judge("MCP server", [.. late.Select(sample => (sample.Minute, sample.Mcp))], bars);
    }

    // A slope within twice its standard error of zero counts as zero; so does one too small to detect in ten minutes.
    private static void Judge(string server, IReadOnlyCollection<(double Minute, double Memory)> samples, Bars bars)
    {
        var (slope, error) = Statistics.Slope(samples);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{server} {samples.Last().Memory:F0} MB, {slope:+0.00;-0.00} ± {2 * error:0.00} MB a minute"
            )
        );
        bars.AtMost(4, $"{server}: slope of memory in the soak, MB a minute", slope, Math.Max(SmallestSlope, 2 * error));
        bars.AtMost(4, $"{server}: memory at the end of the soak, MB", samples.Last().Memory, 150);
    }
}
