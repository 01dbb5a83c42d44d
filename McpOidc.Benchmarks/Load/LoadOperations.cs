using System.Diagnostics;

namespace McpOidc.Benchmarks.Load;

/// <summary>An operation under load.</summary>
/// <param name="Name">In the table.</param>
/// <param name="RunAsync">For how long, and how many a second; as many as there can be without a rate.</param>
internal sealed record LoadOperation(string Name, Func<TimeSpan, double?, Task<LoadResult>> RunAsync);

/// <summary>The operations that are measured, with what they need.</summary>
internal sealed class LoadOperations
{
    private const int Connections = 16;
    private const int Sessions = 64;
    private readonly LoadSystem _system;
    private readonly LoadClient _client;
    private readonly string _token;

    private LoadOperations(LoadSystem system, LoadClient client, string clientId, string token) => (_system, _client, ClientId, _token) = (system, client, clientId, token);

    public string ClientId { get; }

    public IEnumerable<LoadOperation> All =>
    [
        new("POST, open", (time, rate) => Wrk.RunAsync(_system.McpOrigin + "/open", LoadScripts.Post, time, Connections, rate)),
        new("POST, protected", (time, rate) => Wrk.RunAsync(_system.McpOrigin + "/protected", LoadScripts.Post, time, Connections, rate, _token)),
        new("tool call, open", (time, rate) => Wrk.RunAsync(_system.McpOrigin + "/open-mcp", LoadScripts.CallTool, time, Connections, rate)),
        new("tool call, protected", (time, rate) => Wrk.RunAsync(_system.Resource, LoadScripts.CallTool, time, Connections, rate, _token)),
        new("register", (time, rate) => Wrk.RunAsync(_system.Issuer + "/register", LoadScripts.Register, time, Connections, rate, LoadClient.Registration)),
        new("refresh with rotation", RefreshAsync),
        new("sign-in, whole, new browser", SignInAsync),
    ];

    public static async Task<LoadOperations> PrepareAsync(LoadSystem system, LoadClient client)
    {
        var clientId = await client.RegisterAsync();
        return new LoadOperations(system, client, clientId, (await client.SignInAsync(clientId)).AccessToken);
    }

    private async Task<LoadResult> RefreshAsync(TimeSpan time, double? rate)
    {
        var file = Path.GetTempFileName();
        try
        {
            var fresh = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => _client.SignInAsync(ClientId)));
            await File.WriteAllLinesAsync(file, fresh.Select(tokens => tokens.RefreshToken));
            return await Wrk.RunAsync(_system.Issuer + "/token", LoadScripts.Refresh, time, Connections, rate, file, ClientId);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<LoadResult> SignInAsync(TimeSpan time, double? rate)
    {
        var (began, times) = (Stopwatch.GetTimestamp(), new System.Collections.Concurrent.ConcurrentBag<TimeSpan>());
        var pause = rate is { } perSecond ? TimeSpan.FromSeconds(Connections / perSecond) : TimeSpan.Zero;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async number =>
        {
            // The first of each begin one after the other, as their successors do.
            var next = Stopwatch.GetElapsedTime(began) + (pause * number / Connections);
            while (Stopwatch.GetElapsedTime(began) < time)
            {
                if (next - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } rest && rate is not null)
                {
                    await Task.Delay(rest);
                }

                next += pause;
                var start = Stopwatch.GetTimestamp();
                await _client.SignInAsync(ClientId);
                times.Add(Stopwatch.GetElapsedTime(start));
            }
        }));
        var sorted = times.Order().ToList();
        return new LoadResult(sorted.Count / Stopwatch.GetElapsedTime(began).TotalSeconds, sorted.Count, sorted[sorted.Count * 99 / 100], 0);
    }
}
