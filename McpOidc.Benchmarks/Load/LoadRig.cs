using System.Diagnostics;
using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// Real processes, real Redis, a stand-in identity provider and wrk: prints one table. <c>McpOidc.Benchmarks/run</c> publishes both programs
/// (Release, ReadyToRun) and starts this.
/// </summary>
internal static class LoadRig
{
    private const int Connections = 16;
    private const int Sessions = 64;

    /// <param name="options">The published authorization server, the published benchmarks, and seconds for each operation.</param>
    public static async Task<int> RunAsync(string[] options)
    {
        if (options is not [var authServer, var benchmarks, var seconds] || !int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var duration))
        {
            await Console.Error.WriteLineAsync("Use McpOidc.Benchmarks/run.");
            return 1;
        }

        await using var system = await LoadSystem.StartAsync(authServer, benchmarks);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"start to healthy: auth server {system.AuthServer.StartUp.TotalMilliseconds:F0} ms, MCP server {system.McpServer.StartUp.TotalMilliseconds:F0} ms"));
        Console.WriteLine(Memory("idle", system));
        using var client = new LoadClient(system);
        var clientId = await client.RegisterAsync();
        var tokens = new List<(string AccessToken, string RefreshToken)>();
        for (var i = 0; i < Sessions; i++)
        {
            tokens.Add(await client.SignInAsync(clientId));
        }

        if (Environment.GetEnvironmentVariable("MCPOIDC_LOAD_ONLY") == "trips")
        {
            await using var trips = StoreTrips.Watch(system.RedisPort);
            await Task.Delay(3000);
            await trips.TakeAsync();
            var one = await client.SignInAsync(clientId);
            foreach (var line in await trips.TakeAsync()) Console.WriteLine(System.Text.RegularExpressions.Regex.Replace(line, @"""local .*?(KEYS|return) .*?"" ""1""", "EVAL")[..Math.Min(200, System.Text.RegularExpressions.Regex.Replace(line, @"""local .*?(KEYS|return) .*?"" ""1""", "EVAL").Length)]);
            Console.WriteLine("--- refresh");
            await client.RefreshAsync(clientId, one.RefreshToken);
            foreach (var line in await trips.TakeAsync()) Console.WriteLine(line[..Math.Min(200, line.Length)]);
            Console.WriteLine("--- register");
            await client.RegisterAsync();
            foreach (var line in await trips.TakeAsync()) Console.WriteLine(line[..Math.Min(200, line.Length)]);
            return 0;
        }

        Console.WriteLine(LoadRow.Head);
        var time = TimeSpan.FromSeconds(duration);
        var only = Environment.GetEnvironmentVariable("MCPOIDC_LOAD_ONLY");
        foreach (var (name, run) in Operations(system, client, clientId, tokens).Where(operation => only is null || operation.Name.Contains(only, StringComparison.Ordinal)))
        {
            // Once to warm up: tiered compilation is part of no operation.
            await run(TimeSpan.FromSeconds(Math.Min(duration, 5)));
            Console.WriteLine(await MeasureAsync(system, name, () => run(time)));
        }

        Console.WriteLine(Memory("after", system));
        return 0;
    }

    private static IEnumerable<(string Name, Func<TimeSpan, Task<LoadResult>> Run)> Operations(LoadSystem system, LoadClient client, string clientId, List<(string AccessToken, string RefreshToken)> tokens)
    {
        var token = tokens[0].AccessToken;
        yield return ("POST, open", time => Wrk.RunAsync(system.McpOrigin + "/open", LoadScripts.Post, time, Connections));
        yield return ("POST, protected", time => Wrk.RunAsync(system.McpOrigin + "/protected", LoadScripts.Post, time, Connections, token));
        yield return ("tool call, open", time => Wrk.RunAsync(system.McpOrigin + "/open-mcp", LoadScripts.CallTool, time, Connections));
        yield return ("tool call, protected", time => Wrk.RunAsync(system.Resource, LoadScripts.CallTool, time, Connections, token));
        yield return ("register", time => Wrk.RunAsync(system.Issuer + "/register", LoadScripts.Register, time, Connections, LoadClient.Registration));
        yield return ("refresh with rotation", time => RefreshAsync(system, client, clientId, time));
        yield return ("sign-in, whole, new browser", time => SignInAsync(client, clientId, time));
    }

    private static async Task<LoadResult> RefreshAsync(LoadSystem system, LoadClient client, string clientId, TimeSpan time)
    {
        var file = Path.GetTempFileName();
        try
        {
            var fresh = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => client.SignInAsync(clientId)));
            await File.WriteAllLinesAsync(file, fresh.Select(tokens => tokens.RefreshToken));
            return await Wrk.RunAsync(system.Issuer + "/token", LoadScripts.Refresh, time, Connections, file, clientId);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<LoadResult> SignInAsync(LoadClient client, string clientId, TimeSpan time)
    {
        var (began, times) = (Stopwatch.GetTimestamp(), new System.Collections.Concurrent.ConcurrentBag<TimeSpan>());
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(began) < time)
            {
                var start = Stopwatch.GetTimestamp();
                await client.SignInAsync(clientId);
                times.Add(Stopwatch.GetElapsedTime(start));
            }
        }));
        var sorted = times.Order().ToList();
        return new LoadResult(sorted.Count / Stopwatch.GetElapsedTime(began).TotalSeconds, sorted.Count, sorted[sorted.Count * 99 / 100], 0);
    }

    private static async Task<LoadRow> MeasureAsync(LoadSystem system, string name, Func<Task<LoadResult>> run)
    {
        var (auth, mcp) = (system.AuthServer.Processor, system.McpServer.Processor);
        var result = await run();
        return new LoadRow(name, result, system.AuthServer.Processor - auth, system.McpServer.Processor - mcp);
    }

    private static string Memory(string when, LoadSystem system)
        => string.Create(CultureInfo.InvariantCulture, $"memory {when}: auth server {system.AuthServer.Memory:F0} MB, MCP server {system.McpServer.Memory:F0} MB");
}
