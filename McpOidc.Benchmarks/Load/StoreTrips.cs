using System.Globalization;
using System.Net.Sockets;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// What an authorization server waits for at Redis, seen by <c>MONITOR</c> behind a <see cref="DelayedStore"/>: the commands of its
/// connections that did not come from a script, and when. Those within a window shorter than the delay cannot have waited for each other
/// and are one trip; none is counted too few, and two that went out together are counted as two only if their sender paused in between for
/// half the delay.
/// </summary>
internal sealed class StoreTrips : IAsyncDisposable
{
    private const int Runs = 5;

    private static readonly double s_together = DelayedStore.Delay.TotalSeconds / 2;

    // What a connection says to stay open and to know the server: of no request.
    private static readonly string[] s_upkeep =
    [
        "\"PING\"",
        "\"INFO\"",
        "\"CONFIG\"",
        "\"CLIENT\"",
        "\"ECHO\"",
        "\"SUBSCRIBE\"",
        "\"HELLO\"",
        "\"SCRIPT\"",
    ];

    // What a server reads once a second, whoever asks for what. A write to the log is of the request that ends something, and counts.
    private const string Feed = "\"GET\" \"mcpoidc:revocations:{log}\"";

    private readonly TcpClient _connection = new();
    private readonly DelayedStore _store;
    private readonly List<double> _times = [];
    private readonly Task _reading;

    public StoreTrips(DelayedStore store)
    {
        _store = store;
        _connection.Connect("127.0.0.1", store.RedisPort);
        _connection.GetStream().Write("MONITOR\r\n"u8);
        _reading = ReadAsync();
    }

    /// <summary>
    /// How many commands an operation gives, and in how many trips: the run in the middle of several. The fewest may be one for which
    /// something was still in memory, the most one for which the machine was busy.
    /// </summary>
    public async Task<(int Commands, int Trips)> CountAsync(Func<Task> operation)
    {
        var counts = new List<(int Commands, int Trips)>();
        for (var run = 0; run < Runs; run++)
        {
            counts.Add(await CountOnceAsync(operation));
        }

        return counts.OrderBy(count => count.Trips).ThenBy(count => count.Commands).ElementAt(Runs / 2);
    }

    private async Task<(int Commands, int Trips)> CountOnceAsync(Func<Task> operation)
    {
        await SettleAsync();
        lock (_times)
        {
            _times.Clear();
        }

        await operation();
        await SettleAsync();
        lock (_times)
        {
            var (trips, first) = (0, double.NegativeInfinity);
            foreach (var time in _times.Order())
            {
                if (time - first > s_together)
                {
                    (trips, first) = (trips + 1, time);
                }
            }

            var commands = _times.Count;
            _times.Clear();
            return commands > 0
                ? (commands, trips)
                : throw new InvalidOperationException("Nothing was asked of the store: its commands were not seen.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Client.Shutdown(SocketShutdown.Both);
        await _reading;
        _connection.Dispose();
    }

    // What nobody waited for may still be on its way.
    private static Task SettleAsync() => Task.Delay(DelayedStore.Delay * 10);

    private async Task ReadAsync()
    {
        using var reader = new StreamReader(_connection.GetStream(), leaveOpen: true);
        while (await reader.ReadLineAsync() is { } line)
        {
            // +1700000000.123456 [0 127.0.0.1:45678] "GET" …
            if (
                line.Split(' ') is [['+', .. var time], _, [.. var client, ']'], var command, ..]
                && _store.Has(client)
                && !s_upkeep.Contains(command, StringComparer.OrdinalIgnoreCase)
                && !line.Contains(Feed, StringComparison.Ordinal)
            )
            {
                lock (_times)
                {
                    _times.Add(double.Parse(time, CultureInfo.InvariantCulture));
                }
            }
        }
    }
}
