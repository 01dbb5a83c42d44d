using System.Diagnostics;
using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>Watches memory under a load that goes on: it may rise until everything is warm, and not after that.</summary>
internal static class Soak
{
    public static async Task RunAsync(LoadSystem system, LoadOperations operations, TimeSpan time)
    {
        var load = operations.All.Where(operation => operation.Name is "refresh with rotation" or "tool call, protected" or "sign-in, whole, new browser").ToList();
        var samples = new List<(double Minute, double Auth, double Mcp)>();
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time;)
        {
            await Task.WhenAll(load.Select(operation => operation.RunAsync(TimeSpan.FromSeconds(15), 100)));
            samples.Add((Stopwatch.GetElapsedTime(began).TotalMinutes, system.AuthServer.Memory, system.McpServer.Memory));
        }

        // The first half warms up.
        var late = samples.Skip(samples.Count / 2).ToList();
        var (auth, mcp) = (Slope(late.Select(sample => (sample.Minute, sample.Auth))), Slope(late.Select(sample => (sample.Minute, sample.Mcp))));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"soak of {time.TotalMinutes:F0} minutes, 300 operations a second: auth server {late[^1].Auth:F0} MB, {auth:+0.00;-0.00} MB a minute; MCP server {late[^1].Mcp:F0} MB, {mcp:+0.00;-0.00} MB a minute (second half)"));
    }

    // Least squares.
    private static double Slope(IEnumerable<(double X, double Y)> points)
    {
        var all = points.ToList();
        var (x, y) = (all.Average(point => point.X), all.Average(point => point.Y));
        return all.Sum(point => (point.X - x) * (point.Y - y)) / Math.Max(1e-9, all.Sum(point => (point.X - x) * (point.X - x)));
    }
}
