using System.Net.Sockets;

namespace McpOidc.Benchmarks.Load;

/// <summary>What a client of Redis waits for, seen by <c>MONITOR</c>: each command that did not come from a script, and when it came.</summary>
internal sealed class StoreTrips : IAsyncDisposable
{
    private readonly TcpClient _connection = new();
    private readonly List<string> _lines = [];
    private readonly Task _reading;

    private StoreTrips(int port)
    {
        _connection.Connect("127.0.0.1", port);
        _connection.GetStream().Write("MONITOR\r\n"u8);
        _reading = ReadAsync();
    }

    public static StoreTrips Watch(int port) => new(port);

    /// <summary>The commands since the last call, without those that keep a connection alive.</summary>
    public async Task<IReadOnlyList<string>> TakeAsync()
    {
        // What Redis has carried out it has also told; the answer may still be on its way to us.
        await Task.Delay(100);
        lock (_lines)
        {
            string[] taken = [.. _lines];
            _lines.Clear();
            return taken;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _reading;
    }

    private async Task ReadAsync()
    {
        using var reader = new StreamReader(_connection.GetStream());
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line.StartsWith('+') && line.Contains('[', StringComparison.Ordinal) && !line.Contains(" lua] ", StringComparison.Ordinal) && !IsUpkeep(line))
                {
                    lock (_lines)
                    {
                        _lines.Add(line);
                    }
                }
            }
        }
        catch (IOException)
        {
            // The end: the connection was closed.
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private static bool IsUpkeep(string line)
        => new[] { "\"PING\"", "\"INFO\"", "\"CONFIG\"", "\"CLIENT\"", "\"ECHO\"", "\"SENTINEL\"", "\"CLUSTER\"", "\"SUBSCRIBE\"", "\"HELLO\"", "\"SCRIPT\"" }.Any(command => line.Contains(command, StringComparison.OrdinalIgnoreCase));
}
