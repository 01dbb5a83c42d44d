using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>The cost of a process's first sign-ins, one after the other: a small installation never gets beyond these.</summary>
internal static class ColdStart
{
    public const string Name = "cold";

    private const int Starts = 3;

    /// <param name="builds">The builds to compare, in turn.</param>
    public static async Task MeasureAsync(params LoadOptions[] builds)
    {
        var costs = builds.Select(_ => new List<double>()).ToArray();
        for (var start = 0; start < Starts; start++)
        {
            for (var build = 0; build < builds.Length; build++)
            {
                costs[build].Add(await FirstSignInsAsync(builds[build]));
            }
        }

        foreach (var (build, cost) in builds.Zip(costs))
        {
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the first {build.First} sign-ins of a process, median of {Starts} starts: {Statistics.Median(cost):F1} ms of the "
                        + $"authorization server's processor time each ({build.AuthServer})"
                )
            );
        }
    }

    private static async Task<double> FirstSignInsAsync(LoadOptions build)
    {
        await using var system = await OurSystem.StartAsync(build, new SystemPlan { HasMcpServer = false });
        using var client = new LoadClient(system, system.AuthServer.Origin);
        var clientId = await client.RegisterAsync();
        var before = system.AuthServer.Process.Processor;
        for (var number = 0; number < build.First; number++)
        {
            await client.SignInAsync(clientId);
        }

        return (system.AuthServer.Process.Processor - before).TotalMilliseconds / build.First;
    }
}
