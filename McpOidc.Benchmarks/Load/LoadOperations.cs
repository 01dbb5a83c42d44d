using System.Collections.Concurrent;
using System.Diagnostics;

namespace McpOidc.Benchmarks.Load;

/// <summary>The measured operations of one system, with what they need.</summary>
internal sealed class LoadOperations : IDisposable
{
    public const string Open = "POST, open";
    public const string Protected = "POST, protected";
    public const string OpenTool = "tool call, open";
    public const string ProtectedTool = "tool call, protected";
    public const string Register = "register";
    public const string Refresh = "refresh with rotation";
    public const string SignIn = "sign-in, whole, new browser";

    private const int Sessions = 64;

    private readonly LoadClient[] _clients;
    private readonly string[] _clientIds;
    private string _token = "";
    private readonly ConcurrentQueue<string[][]> _refreshTokens = new();

    private LoadOperations(LoadSystem system, LoadClient[] clients, string[] clientIds) =>
        (System, _clients, _clientIds) = (system, clients, clientIds);

    public LoadSystem System { get; }

    /// <summary>The client of the first authorization server.</summary>
    public LoadClient Client => _clients[0];

    public string ClientId => _clientIds[0];

    /// <summary>All operations of the system. The peer uses another MCP SDK, which is not measured.</summary>
    public IEnumerable<LoadOperation> All =>
        [
            .. System.McpServer is null
                ? []
                : (LoadOperation[])[Post(Open, "/open", token: false), Post(Protected, "/protected", token: true)],
            .. System.McpServer is null || System.IsPeer
                ? []
                : (LoadOperation[])[CallTool(OpenTool, "/open-mcp", token: false), CallTool(ProtectedTool, "/mcp", token: true)],
            new(System, Register, RegisterAsync),
            new(System, Refresh, RefreshAsync) { PrepareAsync = PrepareRefreshAsync },
            new(System, SignIn, SignInAsync),
        ];

    /// <param name="system">The system under test.</param>
    /// <param name="spread">Whether each session belongs to a different client, so that the records of refreshes spread over the slots of a
    /// cluster.</param>
    public static async Task<LoadOperations> PrepareAsync(LoadSystem system, bool spread = false)
    {
        var clients = system.AuthServers.Select(server => new LoadClient(system, server.Origin)).ToArray();
        var clientIds = await Task.WhenAll(Enumerable.Range(0, spread ? Sessions : 1).Select(_ => clients[0].RegisterAsync()));
        return new LoadOperations(system, clients, clientIds) { _token = (await clients[0].SignInAsync(clientIds[0])).AccessToken };
    }

    public LoadOperation Named(string name, int connections = LoadOperation.ManyConnections) =>
        All.Single(operation => operation.Name == name) with
        {
            Connections = connections,
        };

    public void Dispose()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }
    }

    private LoadOperation Post(string name, string path, bool token) => AtMcpServer(name, path, LoadScripts.Post, token);

    private LoadOperation CallTool(string name, string path, bool token) => AtMcpServer(name, path, LoadScripts.CallTool, token);

    private LoadOperation AtMcpServer(string name, string path, string script, bool token) =>
        new(
            System,
            name,
            (time, rate, connections) =>
                Wrk.RunAsync(
                    new WrkTarget(System.McpOrigin + path, new Uri(System.Resource).Authority, script, token ? [_token] : []),
                    time,
                    connections,
                    rate
                )
        );

    private Task<LoadResult> RegisterAsync(TimeSpan time, double? rate, int connections) =>
        SpreadAsync("/register", LoadScripts.Register, _ => [LoadClient.Registration], time, rate, connections);

    private async Task PrepareRefreshAsync(int runs)
    {
        for (var run = 0; run < runs; run++)
        {
            _refreshTokens.Enqueue(await SignInManyAsync());
        }
    }

    private async Task<LoadResult> RefreshAsync(TimeSpan time, double? rate, int connections)
    {
        var files = _clients.Select(_ => Path.GetTempFileName()).ToArray();
        try
        {
            var tokens = _refreshTokens.TryDequeue(out var prepared) ? prepared : await SignInManyAsync();
            for (var i = 0; i < files.Length; i++)
            {
                await File.WriteAllLinesAsync(files[i], tokens[i]);
            }

            return await SpreadAsync(
                "/token",
                LoadScripts.Refresh,
                server => [files[server], Uri.EscapeDataString(System.Resource)],
                time,
                rate,
                connections
            );
        }
        finally
        {
            Array.ForEach(files, File.Delete);
        }
    }

    /// <summary>Runs on all authorization servers at once, each with its own generator on its own processors.</summary>
    private async Task<LoadResult> SpreadAsync(
        string path,
        string script,
        Func<int, string[]> arguments,
        TimeSpan time,
        double? rate,
        int connections
    ) =>
        LoadResult.Together(
            await Task.WhenAll(
                System.AuthServers.Select(
                    (server, number) =>
                        Wrk.RunAsync(
                            new WrkTarget(server.Origin + path, new Uri(System.Issuer).Authority, script, arguments(number))
                            {
                                Cores = server.Cores,
                            },
                            time,
                            connections,
                            rate / System.AuthServers.Count
                        )
                )
            )
        );

    /// <returns>For each authorization server, lines with a refresh token and its client.</returns>
    private async Task<string[][]> SignInManyAsync()
    {
        var lines = _clients.Select(_ => new string[Sessions]).ToArray();
        // No more at once than under load, so that preparation does not hit the rate limits.
        await Parallel.ForAsync(
            0,
            lines.Length * Sessions,
            new ParallelOptions { MaxDegreeOfParallelism = LoadOperation.ManyConnections },
            async (number, _) =>
            {
                var (server, session) = (number / Sessions, number % Sessions);
                var clientId = _clientIds[session % _clientIds.Length];
                lines[server][session] = $"{(await _clients[server].SignInAsync(clientId)).RefreshToken} {clientId}";
            }
        );
        return lines;
    }

    private async Task<LoadResult> SignInAsync(TimeSpan time, double? rate, int connections)
    {
        var (began, times, requests, errors) = (
            Stopwatch.GetTimestamp(),
            new ConcurrentBag<TimeSpan>(),
            new ConcurrentBag<TimeSpan>(),
            new ConcurrentBag<string>()
        );
        var pause = rate is { } perSecond ? TimeSpan.FromSeconds(connections / perSecond) : TimeSpan.Zero;
        await Task.WhenAll(
            Enumerable
                .Range(0, connections)
                .Select(async number =>
                {
                    // Staggers the first ones like all later ones.
                    var next = Stopwatch.GetElapsedTime(began) + (pause * number / connections);
                    while (Stopwatch.GetElapsedTime(began) < time)
                    {
                        if (next - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } rest && rate is not null)
                        {
                            // Keeps the requested rate.
                            await Task.Delay(rest);
                        }

                        next += pause;
                        var start = Stopwatch.GetTimestamp();
                        try
                        {
                            await Client.SignInAsync(ClientId, requests);
                            times.Add(Stopwatch.GetElapsedTime(start));
                        }
                        catch (Exception exception) when (exception is InvalidOperationException or HttpRequestException)
                        {
                            // Counted, as wrk counts an error response.
                            errors.Add(exception.Message);
                        }
                    }
                })
        );
        errors.Take(1).ToList().ForEach(Console.Error.WriteLine);
        return new LoadResult(
            times.Count / Stopwatch.GetElapsedTime(began).TotalSeconds,
            times.Count,
            LoadResult.Percentile99(times),
            errors.Count
        )
        {
            RequestP99 = LoadResult.Percentile99(requests),
        };
    }
}
