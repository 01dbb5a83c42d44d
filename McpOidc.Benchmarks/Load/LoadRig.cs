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
        Print($"start to healthy: auth server {system.AuthServer.StartUp.TotalMilliseconds:F0} ms, MCP server {system.McpServer.StartUp.TotalMilliseconds:F0} ms");
        Print(Memory("idle", system));
        using var client = new LoadClient(system);
        var operations = await LoadOperations.PrepareAsync(system, client);
        if (options.Only is null)
        {
            await StoreCosts.PrintAsync(system, client, operations.ClientId);
        }

        await MeasureAsync(system, operations, options);
        Print(Memory("after the load", system));
        if (options.Records > 0)
        {
            Print($"\n{options.Records:N0} clients, people and sign-ins more in the store:");
            await StoreFiller.FillAsync(system, client, operations.ClientId, options.Records);
            await MeasureAsync(system, operations, options);
        }

        if (options.Soak > TimeSpan.Zero)
        {
            await Soak.RunAsync(system, operations, options.Soak);
        }

        return 0;
    }

    private static async Task MeasureAsync(LoadSystem system, LoadOperations operations, LoadOptions options)
    {
        Console.WriteLine();
        Console.WriteLine(LoadRow.Head);
        var rows = new List<LoadRow>();
        foreach (var operation in operations.All.Where(operation => options.Only is null || operation.Name.Contains(options.Only, StringComparison.Ordinal)))
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
    }

    private static async Task<LoadRow> MeasureAsync(LoadSystem system, LoadOperation operation, TimeSpan duration, double? atRate)
    {
        var (auth, mcp, redis) = (system.AuthServer.Processor, system.McpServer.Processor, system.Redis.Processor);
        var result = await operation.RunAsync(duration, atRate);
        return new LoadRow(operation.Name, result, system.AuthServer.Processor - auth, system.McpServer.Processor - mcp, system.Redis.Processor - redis);
    }

    private static void PrintRatio(List<LoadRow> rows, string one, string other)
    {
        if (rows.Find(row => row.Name == one) is { } first && rows.Find(row => row.Name == other) is { } second)
        {
            Print($"{one} / {other}: {first.Result.PerSecond / second.Result.PerSecond:P0} of the rate, {first.McpMicroseconds / second.McpMicroseconds:F2} times the CPU");
        }
    }

    private static string Memory(string when, LoadSystem system)
        => string.Create(CultureInfo.InvariantCulture, $"memory {when}: auth server {system.AuthServer.Memory:F0} MB, MCP server {system.McpServer.Memory:F0} MB");

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static void Print(string text) => Console.WriteLine(text);
}
