using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>
/// Knows when it is not known which node is the primary. In a planned fail-over the old primary takes writes for some ten seconds after its
/// successor was promoted, and drops them when it is demoted; StackExchange.Redis, which sees both, keeps to the old one. So while two
/// connected nodes say that they are the primary, the one that all sentinels announce is used, and before they agree, or where there are
/// none, nothing is read or written. A cluster has several primaries, and is left alone.
/// </summary>
internal sealed partial class RedisPrimaries
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private readonly IConnectionMultiplexer _redis;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<EndPoint, TaskCompletionSource> _lost = new();
    private readonly Lock _lock = new();
    private Task _known = Task.CompletedTask;
    private readonly RedisSentinels _sentinels;
    private IConnectionMultiplexer? _announced;
    private int _watchers;

    /// <summary>How long a lost node is waited for: the library connects again within half a second, and one that takes longer is
    /// away.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    public RedisPrimaries(IConnectionMultiplexer redis, ILogger log)
    {
        (_redis, _log, _sentinels) = (redis, log, new RedisSentinels(redis));
        redis.ConnectionFailed += (_, lost) => Lose(lost);
        redis.ConnectionRestored += (_, found) => Find(found);
    }

    /// <summary>The connection to use.</summary>
    public IConnectionMultiplexer Current => Volatile.Read(ref _announced) ?? _redis;

    /// <summary>Whether there is nothing to wait for and nothing to refuse: so it is but for seconds in a year.</summary>
    public bool IsOne =>
        Volatile.Read(ref _known).IsCompleted && (Volatile.Read(ref _announced) is not null || !IsTorn(_redis.GetServers()));

    /// <summary>Waits until it is known what became of nodes whose connection was lost a moment ago.</summary>
    /// <exception cref="StoreUnavailableException">Two nodes say that they are the primary, and sentinels have not settled it.</exception>
    public async Task RequireOneAsync()
    {
        await Volatile.Read(ref _known);
        if (_redis.GetServers() is var servers && IsTorn(servers))
        {
            if (Interlocked.Exchange(ref _watchers, 1) == 0)
            {
                _ = WatchAsync(Names(servers));
            }

            if (Volatile.Read(ref _announced) is not null)
            {
                return;
            }

            throw new StoreUnavailableException($"Several nodes of Redis say that they are the primary: {Names(servers)}.");
        }
    }

    private static bool IsTorn(IServer[] servers)
    {
        if (servers.Length < 2)
        {
            return false;
        }

        var primaries = 0;
        foreach (var server in servers)
        {
            primaries += IsPrimary(server) ? 1 : 0;
        }

        return primaries > 1;
    }

    // Proxies and nodes of a cluster are primaries side by side.
    private static bool IsPrimary(IServer server) => server is { ServerType: ServerType.Standalone, IsReplica: false, IsConnected: true };

    private static string Names(IServer[] servers) => RedisDiagnosis.Describe(servers.Where(IsPrimary).Select(server => server.EndPoint));

    // Whoever is promoted by a sentinel loses all its clients in the same step, and is known as the primary once they have come back.
    private void Lose(ConnectionFailedEventArgs lost)
    {
        var back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (lost is { ConnectionType: ConnectionType.Interactive, EndPoint: { } node } && _lost.TryAdd(node, back))
        {
            lock (_lock)
            {
                _known = Task.WhenAll(_known, FindOutAsync(node, back.Task));
            }
        }
    }

    private void Find(ConnectionFailedEventArgs found)
    {
        if (found is { ConnectionType: ConnectionType.Interactive, EndPoint: { } node } && _lost.TryRemove(node, out var back))
        {
            back.TrySetResult();
        }
    }

    private async Task FindOutAsync(EndPoint node, Task back)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            // What is dead refuses at once, and nobody need wait for it.
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(node, limit.Token);
            await back.WaitAsync(limit.Token);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or NotSupportedException)
        {
            // Away: no primary of this connection.
        }
    }

    /// <summary>Follows the sentinels and has the library ask every node what it is, until one primary is left.</summary>
    private async Task WatchAsync(string nodes)
    {
        var since = Stopwatch.GetTimestamp();
        LogTorn(nodes);
        while (IsTorn(_redis.GetServers()))
        {
            await FollowAsync();
            await Task.Delay(s_pause);
        }

        // The library has passed over the new primary, and does so until it looks again.
        await FollowAsync();
        Use(null);
        Volatile.Write(ref _watchers, 0);
        LogOne((int)Stopwatch.GetElapsedTime(since).TotalMilliseconds);
    }

    private async Task FollowAsync()
    {
        try
        {
            Use(await _sentinels.ConnectToAnnouncedAsync(Volatile.Read(ref _announced)));
            await _redis.ConfigureAsync();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            Use(null);
            LogNotAsked(exception.GetType().Name);
        }
    }

    private void Use(IConnectionMultiplexer? announced)
    {
        if (Interlocked.Exchange(ref _announced, announced) is { } before && before != announced)
        {
            // What was asked by it is answered first.
            _ = before.CloseAsync(allowCommandsToComplete: true);
        }
    }

    [LoggerMessage(
        2803,
        LogLevel.Warning,
        "Several nodes of Redis say that they are the primary: {Nodes}. A fail-over is under way, they do not belong together, or INFO is "
            + "not allowed to us. Nothing is read or written until sentinels agree on one, or one is left."
    )]
    private partial void LogTorn(string nodes);

    [LoggerMessage(2804, LogLevel.Information, "Redis has one primary again, after {Milliseconds} ms.")]
    private partial void LogOne(int milliseconds);

    [LoggerMessage(2805, LogLevel.Warning, "The nodes of Redis could not be asked which of them is the primary: {Reason}.")]
    private partial void LogNotAsked(string reason);
}
