using System.Collections.Concurrent;
using System.Diagnostics;
using McpOidc.Benchmarks.Load;

namespace McpOidc.Benchmarks.Strangers;

/// <summary>Twenty users with one client each, from separate addresses, who refresh and sign in again.</summary>
internal sealed class HonestClients(LoadSystem system, IReadOnlyList<HonestClient> clients)
{
    private const int Count = 20;

    public static async Task<HonestClients> SignInAsync(LoadSystem system)
    {
        var clients = new List<HonestClient>();
        for (var i = 0; i < Count; i++)
        {
            var http = new LoadClient(system, system.AuthServer.Origin) { Address = $"198.51.100.{i + 1}" };
            var clientId = await http.RegisterAsync();
            var (_, refreshToken) = await http.SignInAsync(clientId);
            clients.Add(new HonestClient(http, clientId, refreshToken));
        }

        return new HonestClients(system, clients);
    }

    /// <summary>A client that an attacker may name.</summary>
    public string AnyClientId => clients[0].ClientId;

    /// <summary>Response times of the system, and failures.</summary>
    public async Task<HonestResult> RunAsync(TimeSpan duration)
    {
        var times = new ConcurrentBag<TimeSpan>();
        var failures = new ConcurrentBag<string>();
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(clients.Select((client, number) => client.RunAsync(number, end, times, failures)));
        return new HonestResult([.. times.Order()], [.. failures]);
    }

    /// <summary>The system of these clients.</summary>
    public LoadSystem System => system;
}

/// <summary>What honest users experience.</summary>
/// <param name="Times">The authorization server's response times, shortest first.</param>
/// <param name="Failures">What went wrong.</param>
internal sealed record HonestResult(IReadOnlyList<TimeSpan> Times, IReadOnlyList<string> Failures)
{
    public TimeSpan Percentile99 => Times.Count == 0 ? TimeSpan.Zero : Times[(int)(Times.Count * 0.99)];
}

/// <summary>One user's client.</summary>
internal sealed class HonestClient(LoadClient http, string clientId, string refreshToken)
{
    private const int RefreshesForEachSignIn = 3;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1000);
    private string _refreshToken = refreshToken;

    public string ClientId => clientId;

    public async Task RunAsync(int number, long end, ConcurrentBag<TimeSpan> times, ConcurrentBag<string> failures)
    {
        // Staggers the clients.
        using (var first = new PeriodicTimer(s_pause * (number + 1) / 20))
        {
            await first.WaitForNextTickAsync();
        }

        using var timer = new PeriodicTimer(s_pause);
        for (var round = 0; Stopwatch.GetTimestamp() < end; round++)
        {
            try
            {
                if (round % (RefreshesForEachSignIn + 1) == RefreshesForEachSignIn)
                {
                    (_, _refreshToken) = await http.SignInAsync(clientId, times);
                }
                else
                {
                    _refreshToken = await http.RefreshAsync(clientId, _refreshToken, times);
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or InvalidOperationException)
            {
                failures.Add(exception.Message);
            }

            await timer.WaitForNextTickAsync();
        }
    }
}
