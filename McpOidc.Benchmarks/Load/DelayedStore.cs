using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// A proxy to Redis that delays every response by <see cref="Delay"/>: if one command waits for another, they are at least that far apart.
/// Commands sent together stay together.
/// </summary>
internal sealed class DelayedStore : IAsyncDisposable
{
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, bool> _clients = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Task> _running = [];

    public DelayedStore(int redisPort)
    {
        RedisPort = redisPort;
        _listener.Start();
        _running.Add(AcceptAsync());
    }

    public int RedisPort { get; }

    /// <summary>The address for a connection string.</summary>
    public string Connection => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Whether this client, as named by <c>MONITOR</c>, connects to Redis through this proxy.</summary>
    public bool Has(string client) => _clients.ContainsKey(client);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await Task.WhenAll(_running);
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _running.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        // IPv4 explicitly: otherwise Redis would report a different address for the client than the client itself.
        using var redis = new TcpClient(AddressFamily.InterNetwork) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            await redis.ConnectAsync(IPAddress.Loopback, RedisPort, _end.Token);
            _clients[redis.Client.LocalEndPoint!.ToString()!] = true;
            using var over = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            var ways = new[]
            {
                client.GetStream().CopyToAsync(redis.GetStream(), over.Token),
                DelayAsync(redis.GetStream(), client.GetStream(), over.Token),
            };
            await Task.WhenAny(ways);
            await over.CancelAsync();
            // However the connection ended: from either side, or with the rig.
            await Task.WhenAll(ways).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task DelayAsync(NetworkStream from, NetworkStream to, CancellationToken cancellationToken)
    {
        var waiting = Channel.CreateUnbounded<(byte[] Bytes, long Came)>();
        var writing = WriteAsync(waiting.Reader, to, cancellationToken);
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            waiting.Writer.TryWrite((buffer[..count], Stopwatch.GetTimestamp()));
        }

        waiting.Writer.Complete();
        await writing;
    }

    private static async Task WriteAsync(
        ChannelReader<(byte[] Bytes, long Came)> waiting,
        NetworkStream to,
        CancellationToken cancellationToken
    )
    {
        await foreach (var (bytes, came) in waiting.ReadAllAsync(cancellationToken))
        {
            // A timer may fire a millisecond early.
            while (Delay - Stopwatch.GetElapsedTime(came) is { Ticks: > 0 } rest)
            {
                await Task.Delay(rest, cancellationToken);
            }

            await to.WriteAsync(bytes, cancellationToken);
        }
    }
}
