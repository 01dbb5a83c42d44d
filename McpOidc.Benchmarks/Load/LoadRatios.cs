using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>What the two systems of a run make of the same operation, in one table.</summary>
internal static class LoadRatios
{
    private const string Head = """
        | operation | per second: ours / npm | CPU of both servers per operation: npm / ours |
        |---|---:|---:|
        """;

    public static void Print(IReadOnlyCollection<LoadRow> rows)
    {
        var pairs = rows.Join(rows, ours => PeerSystem.Prefix + ours.Name, peer => peer.Name, (ours, peer) => (Ours: ours, Peer: peer)).ToList();
        if (pairs.Count == 0)
        {
            return;
        }

        Console.WriteLine();
        Console.WriteLine(Head);
        foreach (var (ours, peer) in pairs)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {ours.Name} | {ours.Result.PerSecond / peer.Result.PerSecond:F1} | {peer.ServerMicroseconds / ours.ServerMicroseconds:F1} |"));
        }
    }
}
