using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>The rig's options.</summary>
/// <param name="AuthServer">The published authorization server.</param>
/// <param name="Benchmarks">The published benchmarks, which also contain the stand-in provider, the proxy and the protected server.</param>
/// <param name="Duration">The total for each operation, over all slices.</param>
/// <param name="Only">Measures only operations whose name contains this.</param>
/// <param name="Records">The number of clients and sign-ins in the store for a second table; 0 omits it.</param>
/// <param name="Soak">How long memory is watched under load; zero omits it.</param>
/// <param name="Scale">Whether two authorization servers and three Redis nodes are measured too.</param>
/// <param name="Peer">The folder with a built clone of the npm package, to be measured too.</param>
internal sealed record LoadOptions(
    string AuthServer,
    string Benchmarks,
    TimeSpan Duration,
    string? Only,
    int Records,
    TimeSpan Soak,
    bool Scale,
    string? Peer
)
{
    /// <summary>The folder with an earlier build of ours; if set, the run only compares the two builds, in turn.</summary>
    public string? Earlier { get; init; }

    /// <summary>The numbers of connections with which each operation is measured.</summary>
    public required IReadOnlyList<int> Connections { get; init; }

    /// <summary>How many sign-ins count as the first of a process.</summary>
    public required int First { get; init; }

    /// <summary>The duration of each attack; if not zero, only attacks are measured.</summary>
    public TimeSpan Strangers { get; init; }

    /// <summary>Whether to measure an operation of this name.</summary>
    public bool Asks(string name) => Only is null || name.Contains(Only, StringComparison.Ordinal);

    public static LoadOptions? Read(string[] arguments) =>
        arguments is [var authServer, var benchmarks]
            ? new LoadOptions(
                authServer,
                benchmarks,
                TimeSpan.FromSeconds(Number("SECONDS", 10)),
                Text("ONLY"),
                Number("RECORDS", 0),
                TimeSpan.FromMinutes(Number("SOAK_MINUTES", 0)),
                Number("SCALE", 0) != 0,
                Text("PEER")
            )
            {
                Earlier = Text("EARLIER"),
                Connections = Text("CONNECTIONS") is { } connections
                    ? [.. connections.Split(',').Select(one => int.Parse(one, NumberStyles.None, CultureInfo.InvariantCulture))]
                    : [1, 8, LoadOperation.ManyConnections],
                First = Number("FIRST", 200),
                Strangers = TimeSpan.FromSeconds(Number("STRANGERS", 0)),
            }
            : null;

    private static string? Text(string name) =>
        Environment.GetEnvironmentVariable("MCPOIDC_LOAD_" + name) is { Length: > 0 } value ? value : null;

    private static int Number(string name, int usual) =>
        Text(name) is { } value ? int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture) : usual;
}
