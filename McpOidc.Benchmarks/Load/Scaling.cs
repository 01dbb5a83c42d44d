using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>Whether more servers or nodes increase capacity.</summary>
internal static class Scaling
{
    private static readonly string[] s_names = [LoadOperations.Register, LoadOperations.Refresh];

    public static async Task RunAsync(LoadOptions options, Bars bars)
    {
        await TwoServersAsync(options, bars);
        await ThreeNodesAsync(options, bars);
    }

    /// <summary>
    /// All processes that serve a request share a fixed set of processors. In the first system, the authorization server, its Redis,
    /// identity provider and load generator share one core. In the second, two servers have a core and a generator each, and the shared
    /// Redis and provider use what is left of both. So the second has twice the processor time and nothing else, and any contention between
    /// the two servers through the store lowers their rate. A protected server, which these operations do not use, is left out.
    /// </summary>
    private static async Task TwoServersAsync(LoadOptions options, Bars bars)
    {
        var cores = ProcessorsAllowed().Take(2).ToList();
        if (cores.Count < 2)
        {
            bars.NotMeasured(7, "two auth servers on two cores / one on one", "needs two cores");
            return;
        }

        await using var one = await OurSystem.StartAsync(
            options,
            new SystemPlan
            {
                Prefix = "one server: ",
                Cores = [cores[0]],
                HasMcpServer = false,
            }
        );
        await using var two = await OurSystem.StartAsync(
            options,
            new SystemPlan
            {
                Prefix = "two servers: ",
                Cores = cores,
                HasMcpServer = false,
            }
        );
        using var ofOne = await LoadOperations.PrepareAsync(one);
        using var ofTwo = await LoadOperations.PrepareAsync(two);
        Console.WriteLine(
            "\n'one server' has one core for itself, Redis, identity provider and wrk; 'two servers' have a core and a wrk each, and "
                + "Redis and the provider use both:\n"
        );
        Console.WriteLine(LoadRow.Head);
        foreach (var name in s_names)
        {
            var rows = await LoadMeasurement.MeasureAsync([ofOne.Named(name), ofTwo.Named(name)], options.Duration, calm: false);
            LoadMeasurement.PrintRatio(rows[1], rows[0]);
            bars.AtMost(7, $"{name}: errors of one and of two auth servers", rows.Sum(row => row.Errors), 0);
            bars.AtLeast(
                7,
                $"{name}: two auth servers on two cores / one on one",
                rows[1].Times(rows[0], slice => slice.Outcome.PerSecond),
                1.7
            );
        }
    }

    /// <summary>
    /// Here the servers reach their limit first, not the store. The store's capacity follows from the processor time of its busiest node
    /// for each operation, since each node has one thread for commands. Each session belongs to a different client, as with MCP clients, so
    /// that records spread over all nodes.
    /// </summary>
    private static async Task ThreeNodesAsync(LoadOptions options, Bars bars)
    {
        await using var single = await OurSystem.StartAsync(options, new SystemPlan { Prefix = "one Redis: ", HasMcpServer = false });
        await using var cluster = await OurSystem.StartAsync(
            options,
            new SystemPlan
            {
                Prefix = "three nodes: ",
                RedisNodes = 3,
                HasMcpServer = false,
            }
        );
        using var ofSingle = await LoadOperations.PrepareAsync(single, spread: true);
        using var ofCluster = await LoadOperations.PrepareAsync(cluster, spread: true);
        Console.WriteLine(
            "\n'three nodes' are a cluster of three masters; the store carries 1 s / CPU of its busiest node per operation:\n"
        );
        Console.WriteLine(LoadRow.Head);
        foreach (var name in s_names)
        {
            var rows = await LoadMeasurement.MeasureAsync([ofSingle.Named(name), ofCluster.Named(name)], options.Duration, calm: false);
            foreach (var row in rows)
            {
                var busiest = row.Median(slice => slice.BusiestRedisMicroseconds);
                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{row.Name}: CPU of the busiest Redis node {busiest:F1} µs per operation, enough for {1e6 / busiest:N0} a second"
                    )
                );
            }

            bars.AtMost(7, $"{name}: errors with one and with three Redis nodes", rows.Sum(row => row.Errors), 0);
            bars.AtLeast(
                7,
                $"{name}: what three Redis nodes carry / what one carries",
                rows[0].Times(rows[1], slice => slice.BusiestRedisMicroseconds),
                1
            );
        }
    }

    // Of the rig itself, and so of the processes that it starts: "Cpus_allowed_list:  0-1,4".
    private static IEnumerable<string> ProcessorsAllowed()
    {
        const string Name = "Cpus_allowed_list:";
        var line = File.ReadLines("/proc/self/status").Single(line => line.StartsWith(Name, StringComparison.Ordinal));
        return line[Name.Length..]
            .Trim()
            .Split(',')
            .Select(range => range.Split('-').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToList())
            .SelectMany(range => Enumerable.Range(range[0], range[^1] - range[0] + 1))
            .Select(core => core.ToString(CultureInfo.InvariantCulture));
    }
}
