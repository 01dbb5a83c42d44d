using System.Globalization;
using StackExchange.Redis;

namespace McpOidc.Tests.Hosting;

/// <summary>A Redis Cluster with three masters for tests.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Attempts = 5;
    private const int Slots = 16384;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly RedisServer[] _nodes;
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection;

    private RedisCluster(RedisServer[] nodes)
    {
        _nodes = nodes;
        _connection = new(() => ConnectionMultiplexer.ConnectAsync(ConnectionString));
    }

    /// <summary>The masters.</summary>
    public IReadOnlyList<RedisServer> Nodes => _nodes;

    /// <summary>The value for <c>ConnectionStrings:redis</c>.</summary>
    public string ConnectionString => string.Join(',', _nodes.Select(node => node.ConnectionString));

    /// <summary>Starts three servers, joins them and waits until each knows the location of every slot. Arguments are passed to every
    /// <c>redis-server</c>.</summary>
    public static async Task<RedisCluster> StartAsync(params string[] arguments)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StartOnceAsync(arguments);
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // A process outside this run took a bus port between the check and the start.
            }
        }
    }

    private static async Task<RedisCluster> StartOnceAsync(string[] arguments)
    {
        var busPorts = Enumerable.Range(0, 3).Select(_ => RedisServer.FreePort()).ToArray();
        var nodes = new List<RedisServer>();
        try
        {
            foreach (var busPort in busPorts)
            {
                nodes.Add(
                    await RedisServer.StartAsync([
                        "--cluster-enabled",
                        "yes",
                        "--cluster-port",
                        $"{busPort}",
                        "--cluster-config-file",
                        "nodes.conf",
                        "--cluster-node-timeout",
                        "5000",
                        .. arguments,
                    ])
                );
            }

            await JoinAsync(nodes, busPorts);
            return new RedisCluster([.. nodes]);
        }
        catch
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>A shared connection to the cluster; callers must not dispose it.</summary>
    public Task<ConnectionMultiplexer> ConnectionAsync() => _connection.Value;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection.IsValueCreated)
        {
            await (await _connection.Value).DisposeAsync();
        }

        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    private static async Task JoinAsync(List<RedisServer> nodes, int[] busPorts)
    {
        var each = (Slots + nodes.Count - 1) / nodes.Count;
        for (var i = 0; i < nodes.Count; i++)
        {
            await TellAsync(nodes[i], "SET-CONFIG-EPOCH", i + 1);
            await TellAsync(nodes[i], "ADDSLOTSRANGE", i * each, Math.Min((i + 1) * each, Slots) - 1);
            if (i > 0)
            {
                await TellAsync(nodes[0], "MEET", "127.0.0.1", nodes[i].Port, busPorts[i]);
            }
        }

        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        foreach (var node in nodes)
        {
            while (!await IsWholeAsync(node, nodes.Count))
            {
                await pulse.WaitForNextTickAsync(limit.Token);
            }
        }
    }

    private static async Task<bool> IsWholeAsync(RedisServer node, int size)
    {
        var info = (string)(await TellAsync(node, "INFO"))!;
        return info.Contains("cluster_state:ok", StringComparison.Ordinal)
            && info.Contains(string.Create(CultureInfo.InvariantCulture, $"cluster_size:{size}\r"), StringComparison.Ordinal);
    }

    private static async Task<RedisResult> TellAsync(RedisServer node, params object[] command)
    {
        var connection = await node.ConnectionAsync();
        return await connection
            .GetServers()
            .First(server => server.EndPoint.ToString()!.EndsWith($":{node.Port}", StringComparison.Ordinal))
            .ExecuteAsync("CLUSTER", command)
            .WaitAsync(s_patience);
    }
}
