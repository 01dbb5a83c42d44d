using System.Globalization;
using System.Net.Sockets;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// Counts an authorization server's round trips to Redis, seen by <c>MONITOR</c> behind a <see cref="DelayedStore"/>: the commands of its
/// connections that did not come from a script, with their times. Commands within a window shorter than the delay cannot have waited for
/// each other and count as one trip. The count is never too low; two commands sent together count as two trips only if their sender paused
/// between them for half the delay.
/// </summary>
internal sealed class StoreTrips : IAsyncDisposable
{
    private const int Runs = 5;

    private static readonly double s_together = DelayedStore.Delay.TotalSeconds / 2;

    // Commands that keep a connection open or identify the server: they belong to no request.
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

    // Every server reads this once a second, regardless of requests. A write to the log belongs to the request that ends something, and
    // counts.
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
    /// The number of commands of an operation, and of trips: the median of several runs. The lowest may have found something still in
    /// memory, the highest may have hit a busy machine.
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
            return (commands, trips);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Client.Shutdown(SocketShutdown.Both);
        await _reading;
        _connection.Dispose();
    }

    // Commands that no caller awaited may still be in flight.
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
