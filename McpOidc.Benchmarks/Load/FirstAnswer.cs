using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>How long a new user waits: <c>dotnet run --project McpOidc.McpServer</c> on a built tree, until the first response.</summary>
internal static class FirstAnswer
{
    private const int Runs = 3;

    public static async Task MeasureAsync(Bars bars)
    {
        var times = new List<double>();
        for (var run = 0; run < Runs; run++)
        {
            var origin = LoadSystem.FreeOrigin();
            var data = Directory.CreateTempSubdirectory("mcpoidc-load-").FullName;
            await using var process = await MeasuredProcess.StartAsync(
                new ProcessPlan("dotnet", "run", "--project", "McpOidc.McpServer", "--", "--urls", origin)
                {
                    // Separate ports and a separate store: port 3001 may be in use, and nothing may stay behind, including build servers.
                    Environment = new Dictionary<string, string>
                    {
                        ["DevIdp__Issuer"] = LoadSystem.FreeOrigin(),
                        ["McpOidc__Sqlite__Path"] = Path.Combine(data, "mcpoidc.db"),
                        ["MSBUILDDISABLENODEREUSE"] = "1",
                    },
                    Health = origin + "/health",
                    Farewell = "TERM",
                }
            );
            times.Add(process.StartUp.TotalMilliseconds);
        }

        var median = Statistics.Median(times);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"dotnet run --project McpOidc.McpServer, built before: first answer after {median:F0} ms"
            )
        );
        bars.AtMost(5, "dotnet run: first answer, ms", median, 3000);
    }
}
