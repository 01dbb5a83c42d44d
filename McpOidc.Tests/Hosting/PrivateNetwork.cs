using System.Diagnostics;

namespace McpOidc.Tests.Hosting;

/// <summary>A network with a namespace for each node, so that a node can be cut off as if its cable were pulled: nothing is refused,
/// packets vanish. The bridge has a namespace too, where no container engine's firewall applies. Needs root and iproute2.</summary>
public sealed class PrivateNetwork : IAsyncDisposable
{
    /// <summary>The program that creates namespaces and runs others in them.</summary>
    public const string Tool = "ip";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly string _name;
    private readonly List<string> _namespaces = [];
    private readonly List<NetworkPlace> _nodes = [];

    private PrivateNetwork(int number)
    {
        _name = $"mcpo{number}";
        Here = new NetworkPlace($"10.213.{number}.1");
    }

    /// <summary>The address of this process.</summary>
    public NetworkPlace Here { get; }

    public IReadOnlyList<NetworkPlace> Nodes => _nodes;

    public static async Task<PrivateNetwork> CreateAsync(int nodes)
    {
        var number = Random.Shared.Next(256);
        var network = new PrivateNetwork(number);
        try
        {
            await network.AddNamespaceAsync(network._name);
            await RunAsync($"-n {network._name} link add bridge type bridge");
            await RunAsync($"-n {network._name} link set bridge up");
            await RunAsync($"link add {network._name} type veth peer name {Cable(network.Here.Address)} netns {network._name}");
            await network.PlugInAsync(network.Here, $"dev {network._name}", "");
            for (var node = 0; node < nodes; node++)
            {
                await network.AddAsync(new NetworkPlace($"10.213.{number}.{node + 2}", $"{network._name}n{node}"));
            }

            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Cuts off the node with this address from everybody.</summary>
    public Task CutAsync(string address) => RunAsync($"-n {_name} link set {Cable(address)} down");

    /// <summary>Connects it again.</summary>
    public Task JoinAsync(string address) => RunAsync($"-n {_name} link set {Cable(address)} up");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var name in _namespaces)
        {
            await RunAsync($"netns del {name}");
        }
    }

    private async Task AddNamespaceAsync(string name)
    {
        await RunAsync($"netns add {name}");
        _namespaces.Add(name);
    }

    private async Task AddAsync(NetworkPlace node)
    {
        await AddNamespaceAsync(node.Namespace!);
        _nodes.Add(node);
        await RunAsync($"-n {_name} link add {Cable(node.Address)} type veth peer name eth0 netns {node.Namespace}");
        await PlugInAsync(node, "dev eth0", $"-n {node.Namespace} ");
        await RunAsync($"-n {node.Namespace} link set lo up");
    }

    private async Task PlugInAsync(NetworkPlace place, string device, string where)
    {
        await RunAsync($"-n {_name} link set {Cable(place.Address)} master bridge up");
        await RunAsync($"{where}addr add {place.Address}/24 {device}");
        await RunAsync($"{where}link set {device} up");
    }

    // The end at the bridge.
    private static string Cable(string address) => $"cable{address[(address.LastIndexOf('.') + 1)..]}";

    private static async Task RunAsync(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Tool, arguments) { RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(s_patience);
        var problem = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"ip {arguments}: {problem.Trim()}");
        }
    }
}
