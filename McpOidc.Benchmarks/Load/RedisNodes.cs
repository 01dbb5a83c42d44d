using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// A system's Redis: one node, or a cluster of masters that share the slots evenly. For neither system does it write to disk.
/// </summary>
internal static class RedisNodes
{
    private const int Slots = 16384;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <param name="system">The system.</param>
    /// <param name="count">The number of nodes.</param>
    /// <param name="cores">The processors that they may use.</param>
    /// <param name="delays">Whether to put a <see cref="DelayedStore"/> in front of it.</param>
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

    // With a plain connection: after one refusal, a client library may take minutes to retry.
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
                // Not yet. A refused connection does not say when the next one will succeed; the limit ends this.
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
                // A cluster does not announce that it is ready: poll until the limit.
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
        // CLUSTER creates a cluster; StackExchange.Redis treats it as an admin command.
        options.AllowAdmin = true;
        await using var redis = await ConnectionMultiplexer.ConnectAsync(options);
        return await redis.GetServer("127.0.0.1", port).ExecuteAsync(command, arguments);
    }
}
