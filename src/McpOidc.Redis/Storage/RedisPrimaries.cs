using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpOidc.Storage;

/// <summary>
/// Detects when it is unclear which node is the primary. In a planned failover the old primary accepts writes for about ten seconds after
/// its successor was promoted, and drops them when it is demoted. StackExchange.Redis sees both and keeps using the old one. So while two
/// connected nodes claim to be the primary, the one that all sentinels announce is used. Until they agree, or if there are no sentinels,
/// nothing is read or written. A cluster has several primaries and is not affected.
/// </summary>
internal sealed partial class RedisPrimaries
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(50);

    private readonly IConnectionMultiplexer _redis;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<EndPoint, TaskCompletionSource> _lost = new();
    private readonly Lock _lock = new();
    private Task _known = Task.CompletedTask;
    private readonly RedisSentinels _sentinels;
    private IConnectionMultiplexer? _announced;
    private int _watchers;

    /// <summary>How long to wait for a lost node: the library reconnects within half a second, and a node that takes longer is
    /// unreachable.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    public RedisPrimaries(IConnectionMultiplexer redis, ILogger log)
    {
        (_redis, _log, _sentinels) = (redis, log, new RedisSentinels(redis));
        redis.ConnectionFailed += (_, lost) => Lose(lost);
        redis.ConnectionRestored += (_, found) => Find(found);
    }

    /// <summary>The connection to use.</summary>
    public IConnectionMultiplexer Current => Volatile.Read(ref _announced) ?? _redis;

    /// <summary>Whether there is nothing to wait for and nothing to reject, which is nearly always the case.</summary>
    public bool IsOne =>
        Volatile.Read(ref _known).IsCompleted && (Volatile.Read(ref _announced) is not null || !IsTorn(_redis.GetServers()));

    /// <summary>Waits until the state of recently disconnected nodes is known.</summary>
    /// <exception cref="StoreUnavailableException">Two nodes claim to be the primary, and the sentinels do not agree.</exception>
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

            throw new StoreUnavailableException($"Several Redis nodes claim to be the primary: {Names(servers)}.");
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

    // Proxies and cluster nodes are primaries side by side.
    private static bool IsPrimary(IServer server) => server is { ServerType: ServerType.Standalone, IsReplica: false, IsConnected: true };

    private static string Names(IServer[] servers) => RedisDiagnosis.Describe(servers.Where(IsPrimary).Select(server => server.EndPoint));

    // A node promoted by a sentinel loses all its clients in the same step, and is known as the primary once they have reconnected.
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
            // A dead node refuses immediately, so there is no need to wait for it. One that is dying may accept, and then hangs up.
            while (await HangsUpAsync(node, back, limit.Token))
            {
                await Task.Delay(s_again, limit.Token);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or NotSupportedException)
        {
            // Unreachable: not a primary of this connection.
        }
    }

    /// <returns>Whether the node accepts a connection, but ends it before the library is back.</returns>
    private static async Task<bool> HangsUpAsync(EndPoint node, Task back, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(node, cancellationToken);
        await Task.WhenAny(back, socket.ReceiveAsync(new byte[1], cancellationToken).AsTask());
        cancellationToken.ThrowIfCancellationRequested();
        return !back.IsCompleted;
    }

    /// <summary>Follows the sentinels, and makes the library ask every node for its role until one primary is left.</summary>
    private async Task WatchAsync(string nodes)
    {
        var since = Stopwatch.GetTimestamp();
        LogTorn(nodes);
        try
        {
            while (IsTorn(_redis.GetServers()))
            {
                await FollowAsync();
                await Task.Delay(s_pause);
            }

            // The library has missed the new primary, and will until it looks again.
            await FollowAsync();
        }
        finally
        {
            Use(null);
            Volatile.Write(ref _watchers, 0);
        }

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
            // Pending requests on it complete first.
            _ = before.CloseAsync(allowCommandsToComplete: true);
        }
    }

    [LoggerMessage(
        2803,
        LogLevel.Warning,
        "Several Redis nodes claim to be the primary: {Nodes}. A failover is in progress, the nodes do not belong together, or INFO is "
            + "not permitted. Nothing is read or written until the sentinels agree on one, or one is left."
    )]
    private partial void LogTorn(string nodes);

    [LoggerMessage(2804, LogLevel.Information, "Redis has one primary again, after {Milliseconds} ms.")]
    private partial void LogOne(int milliseconds);

    [LoggerMessage(2805, LogLevel.Warning, "Could not determine which Redis node is the primary: {Reason}.")]
    private partial void LogNotAsked(string reason);
}
