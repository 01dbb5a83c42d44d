namespace McpOidc.Benchmarks.Load;

/// <summary>The limits for single operations.</summary>
internal static class OperationBars
{
    private const string Peer = "MCPOIDC_LOAD_PEER";

    // The factor for the peer's figure. In operations of the authorization server, the load generator and the provider share the
    // processors, so processor time counts, and the rate is printed next to it.
    private static readonly (int Bar, string Name, double Times)[] s_ratios =
    [
        (1, LoadOperations.Protected, 5),
        (2, LoadOperations.Refresh, 5),
        (2, LoadOperations.SignIn, 5),
        (2, LoadOperations.Register, 3),
    ];

    public static void Add(Bars bars, IReadOnlyCollection<LoadRow> rows)
    {
        var many = rows.Where(row => row.Operation.Connections == LoadOperation.ManyConnections).ToList();
        var ours = many.Where(row => !row.Operation.System.IsPeer).ToDictionary(row => row.Operation.Name);
        var peer = many.Where(row => row.Operation.System.IsPeer).ToDictionary(row => row.Operation.Name);
        if (ours.TryGetValue(LoadOperations.Protected, out var one) && ours.TryGetValue(LoadOperations.Open, out var open))
        {
            bars.AtLeast(1, "POST: rate protected / open", one.Times(open, slice => slice.Outcome.PerSecond), 0.9);
        }

        if (ours.TryGetValue(LoadOperations.ProtectedTool, out one) && ours.TryGetValue(LoadOperations.OpenTool, out open))
        {
            bars.AtMost(1, "tool call: CPU protected / open", one.Times(open, slice => slice.ServerMicroseconds), 1.1);
        }

        foreach (var (bar, name, times) in s_ratios.Where(ratio => ours.ContainsKey(ratio.Name)))
        {
            if (peer.TryGetValue(name, out var its))
            {
                bars.AtLeast(bar, $"{name}: CPU npm / ours", LoadRatios.Processor(ours[name], its), times);
                bars.AtLeast(bar, $"{name}: rate ours / npm", LoadRatios.Rate(ours[name], its), times);
            }
            else
            {
                bars.NotMeasured(bar, $"{name}: beside npm", Peer);
            }
        }

        AddTimes(bars, ours.Values);
        bars.AtMost(3, "errors of all operations", rows.Sum(row => row.Errors), 0);
    }

    public static void Add(Bars bars, StoreCosts costs)
    {
        bars.AtMost(2, "refresh: round trips to the store", costs.RefreshTrips, 2);
        bars.AtMost(2, "sign-in: round trips to the store", costs.SignInTrips, 9);
        bars.AtMost(2, "register: round trips to the store", costs.RegisterTrips, 2);
        bars.AtMost(6, "keys that a sign-in leaves", costs.Keys, 5);
        bars.AtMost(6, "bytes that a sign-in leaves", costs.Bytes, 3000);
        bars.AtMost(6, "of its keys without expiry", costs.Endless, 0);
        bars.AtMost(6, "bytes that the first rotation adds", costs.FirstRotation, 0);
        bars.AtMost(6, "bytes that each further rotation adds", costs.FurtherRotation, 0);
    }

    private static void AddTimes(Bars bars, IEnumerable<LoadRow> rows)
    {
        foreach (var row in rows)
        {
            bars.AtMost(3, $"{row.Name}: p99 at 70 % of the peak, ms", row.CalmP99, 10);
            if (row.Operation.Name == LoadOperations.SignIn)
            {
                bars.AtMost(3, $"{row.Name}: the same of each request, ms", row.CalmRequestP99, 10);
            }
        }
    }
}
