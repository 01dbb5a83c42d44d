using StackExchange.Redis;

namespace McpOidc.Tests.Hosting;

/// <summary>A primary with replicas and an equal number of sentinels, as separate processes: on loopback ports, or each node in a network
/// namespace of its own, with the sentinels on the side of the clients.</summary>
public sealed class SentinelGroup : IAsyncDisposable
{
    private const string Service = "mymaster";
    private const string User = "mcpoidc";
    private const string Password = "secret";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly PrivateNetwork? _network;
    private readonly List<RedisServer> _nodes = [];
    private readonly List<RedisServer> _sentinels = [];

    private SentinelGroup(PrivateNetwork? network) => _network = network;

    /// <summary>The nodes; the first one started as the primary.</summary>
    public IReadOnlyList<RedisServer> Nodes => _nodes;

    /// <summary>The value for <c>ConnectionStrings:redis</c>.</summary>
    public string ConnectionString =>
        string.Join(',', _sentinels.Select(sentinel => sentinel.ConnectionString))
        + $",serviceName={Service},user={User},password={Password}";

    /// <summary>Starts three nodes and three sentinels, and waits until they all know each other.</summary>
    public static Task<SentinelGroup> StartAsync(params string[] arguments) => StartAsync(network: null, arguments);

    /// <summary>Starts three nodes in the namespaces of a network, and three sentinels outside them.</summary>
    public static async Task<SentinelGroup> StartAsync(PrivateNetwork? network, string[] arguments)
    {
        var group = new SentinelGroup(network);
        try
        {
            await group.StartNodesAsync(arguments);
            await group.StartSentinelsAsync();
            await group.WaitUntilWholeAsync(replicas: 2);
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    private async Task StartNodesAsync(string[] arguments)
    {
        string[] all =
        [
            "--protected-mode",
            "no",
            "--user",
            User,
            "on",
            $">{Password}",
            "~*",
            "&*",
            "+@all",
            "--repl-diskless-sync-delay",
            "0",
            .. arguments,
        ];
        for (var number = 0; number < 3; number++)
        {
            string[] role = number == 0 ? [] : ["--replicaof", _nodes[0].Address, $"{_nodes[0].Port}"];
            _nodes.Add(await RedisServer.StartAsync(_network?.Nodes[number] ?? NetworkPlace.Loopback, [.. all, .. role]));
        }
    }

    private async Task StartSentinelsAsync()
    {
        for (var number = 0; number < 3; number++)
        {
            _sentinels.Add(
                await RedisServer.StartSentinelAsync(
                    _network?.Here ?? NetworkPlace.Loopback,
                    $"sentinel monitor {Service} {_nodes[0].Address} {_nodes[0].Port} 2",
                    $"sentinel down-after-milliseconds {Service} 1000",
                    $"sentinel failover-timeout {Service} 6000",
                    $"sentinel parallel-syncs {Service} 1"
                )
            );
        }
    }

    /// <summary>Has the sentinels promote another node while all are up.</summary>
    public async Task FailOverAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                await AskAsync("FAILOVER", Service);
                return;
            }
            catch (RedisServerException)
            {
                // INPROG or NOGOODSLAVE: the last failover has not finished.
                await pulse.WaitForNextTickAsync(limit.Token);
            }
        }
    }

    /// <summary>Cuts a node off from the other nodes and the sentinels, which connect as a different user than the clients.</summary>
    public static Task IsolateAsync(RedisServer node) =>
        TellAsync(node, ["ACL SETUSER default off", "CLIENT KILL USER default", "CLIENT KILL TYPE replica"]);

    /// <summary>Reconnects an isolated node.</summary>
    public static Task HealAsync(RedisServer node) => TellAsync(node, ["ACL SETUSER default on"]);

    /// <summary>Whether a node can be cut off from everybody.</summary>
    public bool HasCables => _network is not null;

    /// <summary>Cuts a node off from everybody, its clients too.</summary>
    public Task CutAsync(RedisServer node) => _network!.CutAsync(node.Address);

    /// <summary>Connects a node that was cut off from everybody.</summary>
    public Task JoinAsync(RedisServer node) => _network!.JoinAsync(node.Address);

    private static async Task TellAsync(RedisServer node, string[] commands)
    {
        await using var connection = await node.ConnectAsync(options => (options.User, options.Password) = (User, Password));
        foreach (var command in commands)
        {
            var words = command.Split(' ');
            await connection.GetDatabase().ExecuteAsync(words[0], [.. words[1..]]).WaitAsync(s_patience);
        }
    }

    /// <summary>Gets the primary that the sentinels report.</summary>
    public async Task<RedisServer> PrimaryAsync()
    {
        var address = (string[])(await AskAsync("GET-MASTER-ADDR-BY-NAME", Service))!;
        return _nodes.Single(node => node.Address == address[0] && $"{node.Port}" == address[1]);
    }

    /// <summary>Waits until the sentinels report a different primary.</summary>
    public async Task WaitForAnotherPrimaryAsync(RedisServer before)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await PrimaryAsync() == before)
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>Waits until one node is the primary and has the given number of replicas.</summary>
    public async Task WaitUntilWholeAsync(int replicas)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!await IsWholeAsync(replicas))
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _sentinels.Concat(_nodes))
        {
            await process.DisposeAsync();
        }
    }

    private async Task<bool> IsWholeAsync(int replicas)
    {
        var primary = await PrimaryAsync();
        var followers = 0;
        foreach (var node in _nodes.Where(node => node != primary && node.IsRunning))
        {
            var info = await InfoAsync(node);
            followers +=
                info.Contains("master_link_status:up")
                && info.Contains($"master_host:{primary.Address}")
                && info.Contains($"master_port:{primary.Port}")
                    ? 1
                    : 0;
        }

        var known = ((RedisResult[])(await AskAsync("REPLICAS", Service))!).Select(replica => (string[])replica!);
        return followers >= replicas
            && known.Count(replica => replica[Array.IndexOf(replica, "flags") + 1] == "slave") >= replicas
            && ((RedisResult[])(await AskAsync("SENTINELS", Service))!).Length == _sentinels.Count - 1;
    }

    private static async Task<string[]> InfoAsync(RedisServer node)
    {
        try
        {
            var text = (string)(await (await node.ConnectionAsync()).GetDatabase().ExecuteAsync("INFO", "replication"))!;
            return text.Split("\r\n");
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // Stopped or restarting: the group is not complete yet.
            return [];
        }
    }

    private async Task<RedisResult> AskAsync(params object[] command)
    {
        var connection = await _sentinels[0].ConnectionAsync();
        using var limit = new CancellationTokenSource(s_patience);
        while (true)
        {
            try
            {
                return await connection.GetServers()[0].ExecuteAsync("SENTINEL", command).WaitAsync(limit.Token);
            }
            catch (RedisTimeoutException) when (!limit.IsCancellationRequested)
            {
                // On a busy machine the client library is late, not the sentinel.
            }
        }
    }
}
