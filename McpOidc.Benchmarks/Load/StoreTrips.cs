using System.Globalization;
using System.Net.Sockets;

namespace McpOidc.Benchmarks.Load;

/// <summary>What the processes wait for at Redis, seen by <c>MONITOR</c>: the commands that did not come from a script, and when.</summary>
internal sealed class StoreTrips : IAsyncDisposable
{
    /// <summary>Commands that follow each other within this many seconds were sent together: an answer and what is made of it take longer.</summary>
    private const double Together = 0.00012;

    private static readonly string[] s_upkeep = ["\"PING\"", "\"INFO\"", "\"CONFIG\"", "\"CLIENT\"", "\"ECHO\"", "\"SUBSCRIBE\"", "\"HELLO\"", "\"SCRIPT\"", "revocations:{log}"];

    private readonly TcpClient _connection = new();
    private readonly List<double> _times = [];
    private readonly Task _reading;

    private StoreTrips(int port)
    {
        _connection.Connect("127.0.0.1", port);
        _connection.GetStream().Write("MONITOR\r\n"u8);
        _reading = ReadAsync();
    }

    public static StoreTrips Watch(int port) => new(port);

    /// <summary>How many commands came since the last call, and in how many trips.</summary>
    public async Task<(int Commands, int Trips)> TakeAsync()
    {
        // What Redis has carried out it has also told; it may still be on its way to us.
        await Task.Delay(200);
        lock (_times)
        {
            var trips = _times.Where((time, number) => number == 0 || time - _times[number - 1] > Together).Count();
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

    private async Task ReadAsync()
    {
        using var reader = new StreamReader(_connection.GetStream(), leaveOpen: true);
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith('+') && line.Split(' ') is [var time, _, ..] && time.Contains('.', StringComparison.Ordinal)
                && !line.Contains(" lua] ", StringComparison.Ordinal) && !s_upkeep.Any(command => line.Contains(command, StringComparison.OrdinalIgnoreCase)))
            {
                lock (_times)
                {
                    _times.Add(double.Parse(time[1..], CultureInfo.InvariantCulture));
                }
            }
        }
    }
}
