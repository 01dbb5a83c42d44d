using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>How long servers take to start, and how much memory they use.</summary>
internal static class StartUps
{
    private const int Starts = 5;

    // By then, start-up work in the background is done, and no request has arrived.
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(5);

    /// <summary>Starts a system several times, prints the medians, and leaves the last one running.</summary>
    public static async Task<LoadSystem> MeasureAsync(Func<Task<LoadSystem>> startAsync, Bars bars)
    {
        var (auth, mcp) = (new List<double>(), new List<double>());
        while (true)
        {
            var system = await startAsync();
            auth.Add(system.AuthServer.Process.StartUp.TotalMilliseconds);
            mcp.Add(system.McpServer!.StartUp.TotalMilliseconds);
            if (auth.Count < Starts)
            {
                await system.DisposeAsync();
                continue;
            }

            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{system.Prefix}start to healthy, median of {Starts}: auth server {Statistics.Median(auth):F0} ms, MCP server "
                        + $"{Statistics.Median(mcp):F0} ms"
                )
            );
            if (!system.IsPeer)
            {
                bars.AtMost(5, "auth server: start to healthy, ms", Statistics.Median(auth), 500);
                bars.AtMost(5, "MCP server: start to healthy, ms", Statistics.Median(mcp), 500);
            }

            // Measures an idle server: background work of the start is done by then.
            await Task.Delay(s_idle);
            PrintMemory("idle", system, 90, bars);
            return system;
        }
    }

    public static void PrintMemory(string when, LoadSystem system, double limit, Bars bars)
    {
        var (auth, mcp) = (system.AuthServer.Process.Memory, system.McpServer!.Memory);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{system.Prefix}memory {when}: auth server {auth:F0} MB, MCP server {mcp:F0} MB")
        );
        if (!system.IsPeer)
        {
            bars.AtMost(4, $"auth server: memory {when}, MB", auth, limit);
            bars.AtMost(4, $"MCP server: memory {when}, MB", mcp, limit);
        }
    }
}
