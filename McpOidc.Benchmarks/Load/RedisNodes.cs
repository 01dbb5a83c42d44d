using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace McpOidc.Benchmarks.Load;

/// <summary>The Redis of a system: one, or a cluster of masters that share the slots evenly. Nothing is written to disk, of neither
/// system.</summary>
internal static class RedisNodes
{
    private const int Slots = 16384;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <param name="system">Whose.</param>
    /// <param name="count">How many.</param>
    /// <param name="cores">The processors that they may use.</param>
    /// <param name="delays">Whether a <see cref="DelayedStore"/> stands before it.</param>
    public static async Task StartAsync(LoadSystem system, int count, string? cores, bool delays)
    {
        var nodes = Enumerable.Range(0, count).Select(_ => (Port: LoadSystem.FreePort(), BusPort: LoadSystem.FreePort())).ToList();
        foreach (var (port, busPort) in nodes)
        {
            system.RedisNodes.Add(system.Own(await StartNodeAsync(port, count > 1 ? busPort : null, cores)));
        }

        system.RedisConnection = string.Join(',', nodes.Select(node => $"127.0.0.1:{node.Port}"));
        if (count > 1)
        {
            await JoinAsync(nodes);
        }

        if (delays)
        {
            system.DelayedStore = system.Own(new DelayedStore(nodes.Single().Port));
        }
    }

    private static async Task<MeasuredProcess> StartNodeAsync(int port, int? busPort, string? cores)
    {
        var folder = Directory.CreateTempSubdirectory("mcpoidc-load-").FullName;
        string[] cluster = busPort is { } bus
            ? ["--cluster-enabled", "yes", "--cluster-port", $"{bus}", "--cluster-config-file", "nodes.conf"]
            : [];
        var node = await MeasuredProcess.StartAsync(
            new ProcessPlan(
                "redis-server",
                ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no", .. cluster]
            )
            {
                Cores = cores,
            }
        );
        await UntilListensAsync(port);
        return node;
    }

    // By a plain connection: a client library that was refused once may take minutes to try again.
    private static async Task UntilListensAsync(int port)
    {
        using var limit = new CancellationTokenSource(s_patience);
        while (true)
        {
            try
            {
                using var connection = new TcpClient();
                await connection.ConnectAsync(IPAddress.Loopback, port, limit.Token);
                return;
            }
            catch (SocketException)
            {
                // Not yet. A refused connection tells nobody when it would be taken; the limit ends this.
                await Task.Delay(5, limit.Token);
            }
        }
    }

    private static async Task JoinAsync(List<(int Port, int BusPort)> nodes)
    {
        var each = (Slots + nodes.Count - 1) / nodes.Count;
        for (var i = 0; i < nodes.Count; i++)
        {
            await TellAsync(nodes[i].Port, "CLUSTER", "SET-CONFIG-EPOCH", i + 1);
            await TellAsync(nodes[i].Port, "CLUSTER", "ADDSLOTSRANGE", i * each, Math.Min((i + 1) * each, Slots) - 1);
            if (i > 0)
            {
                await TellAsync(nodes[0].Port, "CLUSTER", "MEET", "127.0.0.1", nodes[i].Port, nodes[i].BusPort);
            }
        }

        using var limit = new CancellationTokenSource(s_patience);
        foreach (var (port, _) in nodes)
        {
            while (!IsWhole((string)(await TellAsync(port, "CLUSTER", "INFO"))!, nodes.Count))
            {
                // A cluster tells nobody that it is whole; it has to be asked, until the limit.
                await Task.Delay(50, limit.Token);
            }
        }
    }

    private static bool IsWhole(string info, int size) =>
        info.Contains("cluster_state:ok", StringComparison.Ordinal)
        && info.Contains(string.Create(CultureInfo.InvariantCulture, $"cluster_size:{size}\r"), StringComparison.Ordinal);

    private static async Task<RedisResult> TellAsync(int port, string command, params object[] arguments)
    {
        var options = ConfigurationOptions.Parse($"127.0.0.1:{port}");
        // CLUSTER makes a cluster, which StackExchange.Redis takes for administration.
        options.AllowAdmin = true;
        await using var redis = await ConnectionMultiplexer.ConnectAsync(options);
        return await redis.GetServer("127.0.0.1", port).ExecuteAsync(command, arguments);
    }
}
