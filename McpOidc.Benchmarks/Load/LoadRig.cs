using McpOidc.Benchmarks.Strangers;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// Runs real processes, a real Redis, a stand-in identity provider and wrk, and prints one report. <c>McpOidc.Benchmarks/run</c> publishes
/// both programs (Release, ReadyToRun) and starts this.
/// </summary>
internal static class LoadRig
{
    // Operations that are compared run in turn: those of one group, of both systems.
    private static readonly string[][] s_groups =
    [
        [LoadOperations.Open, LoadOperations.Protected],
        [LoadOperations.OpenTool, LoadOperations.ProtectedTool],
        [LoadOperations.Register],
        [LoadOperations.Refresh],
        [LoadOperations.SignIn],
    ];

    /// <param name="arguments">The published authorization server and the published benchmarks; the rest is in the environment.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (LoadOptions.Read(arguments) is not { } options)
        {
            await Console.Error.WriteLineAsync("Use McpOidc.Benchmarks/run.");
            return 1;
        }

        // Any other load on the machine affects every figure.
        Console.WriteLine(
            $"load of the machine in the minute before: {(await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0]} on "
                + $"{Environment.ProcessorCount} processors"
        );
        if (options.Strangers > TimeSpan.Zero)
        {
            return await StrangerRig.RunAsync(options, options.Strangers);
        }

        var bars = new Bars();
        if (options.Only is null && options.Earlier is null)
        {
            await FirstAnswer.MeasureAsync(bars);
        }

        if (options.Earlier is null && options.Asks(ColdStart.Name))
        {
            await ColdStart.MeasureAsync(options);
        }

        await using var system = await StartUps.MeasureAsync(() => OurSystem.StartAsync(options, new SystemPlan()), bars);
        if (options.Earlier is { } folder)
        {
            using var now = await LoadOperations.PrepareAsync(system);
            await EarlierBuild.RunAsync(options, now, folder);
            return 0;
        }

        await using var peer = options.Peer is null
            ? null
            : await StartUps.MeasureAsync(() => PeerSystem.StartAsync(options, system.Provider), bars);
        using var operations = await LoadOperations.PrepareAsync(system);
        using var ofPeer = peer is null ? null : await LoadOperations.PrepareAsync(peer);
        LoadOperations[] all = ofPeer is null ? [operations] : [operations, ofPeer];
        if (options.Only is null)
        {
            await MeasureStoreAsync(options, operations, ofPeer, bars);
        }

        await MeasureAsync(all, options, bars);
        await ProlongAsync(operations, options, bars);
        bars.Print();
        return 0;
    }

    private static async Task MeasureStoreAsync(LoadOptions options, LoadOperations operations, LoadOperations? ofPeer, Bars bars)
    {
        Console.WriteLine();
        await using (var delayed = await OurSystem.StartAsync(options, new SystemPlan { DelaysStore = true }))
        {
            OperationBars.Add(bars, await StoreCosts.MeasureAsync(operations, delayed));
        }

        if (ofPeer is not null)
        {
            await using var delayed = await PeerSystem.StartAsync(options, ofPeer.System.Provider, delaysStore: true);
            await StoreCosts.MeasureAsync(ofPeer, delayed);
        }
    }

    private static async Task MeasureAsync(LoadOperations[] all, LoadOptions options, Bars bars)
    {
        Console.WriteLine();
        Console.WriteLine(LoadRow.Head);
        var rows = new List<LoadRow>();
        foreach (var group in s_groups)
        {
            var compared = all.SelectMany(one => one.All)
                .Where(operation => group.Contains(operation.Name) && options.Asks(operation.Name))
                .OrderBy(operation => Array.IndexOf(group, operation.Name))
                .ToList();
            foreach (var connections in compared.Count > 0 ? options.Connections : [])
            {
                var operations = compared.Select(operation => operation with { Connections = connections }).ToList();
                rows.AddRange(await LoadMeasurement.MeasureAsync(operations, options.Duration));
            }
        }

        Console.WriteLine();
        PrintRatio(rows, LoadOperations.Protected, LoadOperations.Open);
        PrintRatio(rows, LoadOperations.ProtectedTool, LoadOperations.OpenTool);
        PrintRatio(rows, PeerSystem.Prefix + LoadOperations.Protected, PeerSystem.Prefix + LoadOperations.Open);
        foreach (var one in all)
        {
            StartUps.PrintMemory("after the load", one.System, 150, bars);
        }

        LoadRatios.Print(rows);
        OperationBars.Add(bars, rows);
    }

    /// <summary>The slow measurements, on request only.</summary>
    private static async Task ProlongAsync(LoadOperations operations, LoadOptions options, Bars bars)
    {
        if (options.Records > 0)
        {
            await FullStore.RunAsync(options, operations, bars);
        }
        else
        {
            bars.NotMeasured(7, "a full store beside an empty one", "MCPOIDC_LOAD_RECORDS");
        }

        if (options.Scale)
        {
            await Scaling.RunAsync(options, bars);
        }
        else
        {
            bars.NotMeasured(7, "two auth servers, three Redis nodes", "MCPOIDC_LOAD_SCALE");
        }

        if (options.Soak > TimeSpan.Zero)
        {
            await Soak.RunAsync(operations, options.Soak, bars);
        }
        else
        {
            bars.NotMeasured(4, "the slope of memory in a soak", "MCPOIDC_LOAD_SOAK_MINUTES");
        }
    }

    private static void PrintRatio(List<LoadRow> rows, string one, string other)
    {
        if (rows.Find(row => row.Name == one) is { } first && rows.Find(row => row.Name == other) is { } second)
        {
            LoadMeasurement.PrintRatio(first, second);
        }
    }
}
