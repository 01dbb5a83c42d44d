using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>One table that compares the two systems of a run, operation by operation.</summary>
internal static class LoadRatios
{
    private const string Head = """

        | operation | per second: ours / npm | CPU of both servers per operation: npm / ours |
        |---|---:|---:|
        """;

    public static void Print(IReadOnlyCollection<LoadRow> rows)
    {
        var pairs = Pairs(rows).ToList();
        if (pairs.Count == 0)
        {
            return;
        }

        Console.WriteLine(Head);
        foreach (var (ours, peer) in pairs)
        {
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"| {ours.Name} | {Rate(ours, peer):F1} | {Processor(ours, peer):F1} |")
            );
        }
    }

    /// <summary>Our rate divided by the peer's.</summary>
    public static double Rate(LoadRow ours, LoadRow peer) => ours.Times(peer, slice => slice.Outcome.PerSecond);

    /// <summary>The peer's processor time divided by ours.</summary>
    public static double Processor(LoadRow ours, LoadRow peer) => peer.Times(ours, slice => slice.ServerMicroseconds);

    private static IEnumerable<(LoadRow Ours, LoadRow Peer)> Pairs(IReadOnlyCollection<LoadRow> rows) =>
        rows.Where(row => !row.Operation.System.IsPeer)
            .Join(
                rows.Where(row => row.Operation.System.IsPeer),
                ours => (ours.Operation.Name, ours.Operation.Connections),
                peer => (peer.Operation.Name, peer.Operation.Connections),
                (ours, peer) => (ours, peer)
            );
}
