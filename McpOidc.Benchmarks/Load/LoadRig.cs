using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// Real processes, real Redis, a stand-in identity provider and wrk: prints one report. <c>McpOidc.Benchmarks/run</c> publishes both programs
/// (Release, ReadyToRun) and starts this.
/// </summary>
internal static class LoadRig
{
    /// <param name="arguments">The published authorization server and the published benchmarks; the rest is in the environment.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (LoadOptions.Read(arguments) is not { } options)
        {
            await Console.Error.WriteLineAsync("Use McpOidc.Benchmarks/run.");
            return 1;
        }

        await using var system = await LoadSystem.StartAsync(options.AuthServer, options.Benchmarks);
        PrintStart(system);
        await using var peer = options.Peer is { } clone ? await PeerSystem.StartAsync(clone, system.Provider) : null;
        if (peer is not null)
        {
            PrintStart(peer);
        }

        using var operations = await LoadOperations.PrepareAsync(system);
        using var ofPeer = peer is null ? null : await LoadOperations.PrepareAsync(peer);
        LoadOperations[] all = ofPeer is null ? [operations] : [operations, ofPeer];
        foreach (var one in options.Only is null ? all : [])
        {
            await StoreCosts.PrintAsync(one.System, one.Client, one.ClientId);
        }

        var rows = await MeasureAsync(all, options);
        foreach (var one in all)
        {
            Print(Memory("after the load", one.System));
        }

        LoadRatios.Print(rows);
        await ProlongAsync(operations, options);
        return 0;
    }

    /// <summary>What takes long and is asked for by name.</summary>
    private static async Task ProlongAsync(LoadOperations operations, LoadOptions options)
    {
        if (options.Records > 0)
        {
            Print($"\n{options.Records:N0} clients, people and sign-ins more in the store:");
            await StoreFiller.FillAsync(operations.System, operations.Client, operations.ClientId, options.Records);
            await MeasureAsync([operations], options);
        }

        if (options.Soak > TimeSpan.Zero)
        {
            await Soak.RunAsync(operations.System, operations, options.Soak);
        }
    }

    private static async Task<List<LoadRow>> MeasureAsync(LoadOperations[] all, LoadOptions options)
    {
        Console.WriteLine();
        Console.WriteLine(LoadRow.Head);
        var rows = new List<LoadRow>();
        foreach (var (system, operation) in InTurn(all).Where(pair => options.Only is null || pair.Operation.Name.Contains(options.Only, StringComparison.Ordinal)))
        {
            // Once to warm up: tiered compilation is part of no operation.
            await operation.RunAsync(TimeSpan.FromSeconds(Math.Min(options.Duration.TotalSeconds, 5)), null);
            var row = await MeasureAsync(system, operation, options.Duration, atRate: null);
            var calm = await operation.RunAsync(options.Duration / 2, row.Result.PerSecond * 0.7);
            rows.Add(row with { CalmP99 = calm.P99 });
            Console.WriteLine(rows[^1]);
        }

        PrintRatio(rows, "POST, protected", "POST, open");
        PrintRatio(rows, "tool call, protected", "tool call, open");
        PrintRatio(rows, PeerSystem.Prefix + "POST, protected", PeerSystem.Prefix + "POST, open");
        return rows;
    }

    // Each operation of one system and of the other before the next: a busy machine is busy for both.
    private static IEnumerable<(LoadSystem System, LoadOperation Operation)> InTurn(LoadOperations[] all)
        => all[0].All.SelectMany(first => all.SelectMany(one => one.All.Where(operation => operation.Name == first.Name).Select(operation => (one.System, operation))));

    private static async Task<LoadRow> MeasureAsync(LoadSystem system, LoadOperation operation, TimeSpan duration, double? atRate)
    {
        await operation.PrepareAsync();
        var (auth, mcp, redis) = (system.AuthServer.Processor, system.McpServer.Processor, system.Redis.Processor);
        var result = await operation.RunAsync(duration, atRate);
        return new LoadRow(system.Prefix + operation.Name, result, system.AuthServer.Processor - auth, system.McpServer.Processor - mcp, system.Redis.Processor - redis);
    }

    private static void PrintStart(LoadSystem system)
    {
        Print($"{system.Prefix}start to healthy: auth server {system.AuthServer.StartUp.TotalMilliseconds:F0} ms, MCP server {system.McpServer.StartUp.TotalMilliseconds:F0} ms");
        Print(Memory("idle", system));
    }

    private static void PrintRatio(List<LoadRow> rows, string one, string other)
    {
        if (rows.Find(row => row.Name == one) is { } first && rows.Find(row => row.Name == other) is { } second)
        {
            Print($"{one} / {other}: {first.Result.PerSecond / second.Result.PerSecond:P0} of the rate, {first.McpMicroseconds / second.McpMicroseconds:F2} times the CPU");
        }
    }

    private static string Memory(string when, LoadSystem system)
        => string.Create(CultureInfo.InvariantCulture, $"{system.Prefix}memory {when}: auth server {system.AuthServer.Memory:F0} MB, MCP server {system.McpServer.Memory:F0} MB");

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static void Print(string text) => Console.WriteLine(text);
}
