using System.Collections.Concurrent;
using System.Diagnostics;

namespace McpOidc.Benchmarks.Load;

/// <summary>An operation under load.</summary>
/// <param name="Name">In the table.</param>
/// <param name="RunAsync">For how long, and how many a second; as many as there can be without a rate.</param>
internal sealed record LoadOperation(string Name, Func<TimeSpan, double?, Task<LoadResult>> RunAsync)
{
    /// <summary>What the next run needs and does not measure.</summary>
    public Func<Task> PrepareAsync { get; init; } = () => Task.CompletedTask;
}

/// <summary>The operations that are measured, with what they need.</summary>
internal sealed class LoadOperations : IDisposable
{
    private const int Connections = 16;
    private const int Sessions = 64;
    private readonly string _token;
    private string[]? _refreshTokens;

    private LoadOperations(LoadSystem system, LoadClient client, string clientId, string token) => (System, Client, ClientId, _token) = (system, client, clientId, token);

    public LoadSystem System { get; }

    public LoadClient Client { get; }

    public string ClientId { get; }

    public IEnumerable<LoadOperation> All =>
    [
        new("POST, open", (time, rate) => Wrk.RunAsync(System.McpOrigin + "/open", LoadScripts.Post, time, Connections, rate)),
        new("POST, protected", (time, rate) => Wrk.RunAsync(System.McpOrigin + "/protected", LoadScripts.Post, time, Connections, rate, _token)),
        .. System.IsPeer ? [] : ToolCalls,
        new("register", (time, rate) => Wrk.RunAsync(System.Issuer + "/register", LoadScripts.Register, time, Connections, rate, LoadClient.Registration)),
        new("refresh with rotation", RefreshAsync) { PrepareAsync = async () => _refreshTokens = await SignInManyAsync() },
        new("sign-in, whole, new browser", SignInAsync),
    ];

    // What a tool call costs is the SDK's matter; the peer has another one.
    private IEnumerable<LoadOperation> ToolCalls =>
    [
        new("tool call, open", (time, rate) => Wrk.RunAsync(System.McpOrigin + "/open-mcp", LoadScripts.CallTool, time, Connections, rate)),
        new("tool call, protected", (time, rate) => Wrk.RunAsync(System.Resource, LoadScripts.CallTool, time, Connections, rate, _token)),
    ];

    public static async Task<LoadOperations> PrepareAsync(LoadSystem system)
    {
        var client = new LoadClient(system);
        var clientId = await client.RegisterAsync();
        return new LoadOperations(system, client, clientId, (await client.SignInAsync(clientId)).AccessToken);
    }

    public void Dispose() => Client.Dispose();

    private async Task<LoadResult> RefreshAsync(TimeSpan time, double? rate)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(file, Interlocked.Exchange(ref _refreshTokens, null) ?? await SignInManyAsync());
            return await Wrk.RunAsync(System.Issuer + "/token", LoadScripts.Refresh, time, Connections, rate, file, ClientId, Uri.EscapeDataString(System.Resource));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<string[]> SignInManyAsync()
        => [.. (await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => Client.SignInAsync(ClientId)))).Select(tokens => tokens.RefreshToken)];

    private async Task<LoadResult> SignInAsync(TimeSpan time, double? rate)
    {
        var (began, times) = (Stopwatch.GetTimestamp(), new ConcurrentBag<TimeSpan>());
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
                await Client.SignInAsync(ClientId);
                times.Add(Stopwatch.GetElapsedTime(start));
            }
        }));
        var sorted = times.Order().ToList();
        return new LoadResult(sorted.Count / Stopwatch.GetElapsedTime(began).TotalSeconds, sorted.Count, sorted[sorted.Count * 99 / 100], 0);
    }
}
