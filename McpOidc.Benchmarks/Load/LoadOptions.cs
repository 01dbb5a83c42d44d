using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>What the rig is asked to do.</summary>
/// <param name="AuthServer">The published authorization server.</param>
/// <param name="Benchmarks">The published benchmarks, which are the stand-in provider, the proxy and the protected server too.</param>
/// <param name="Duration">For each operation, all slices together.</param>
/// <param name="Only">Measures only operations whose name has this in it.</param>
/// <param name="Records">So many clients and sign-ins are in the store for a second table; 0 leaves it out.</param>
/// <param name="Soak">How long memory is watched under load; zero leaves it out.</param>
/// <param name="Scale">Whether two authorization servers and three Redis nodes are measured too.</param>
/// <param name="Peer">The folder with a built clone of the npm package, which is measured too.</param>
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
    /// <summary>The folder with an earlier build of ours; then nothing is measured but both in turn.</summary>
    public string? Earlier { get; init; }

    /// <summary>How many callers at once each operation is measured with.</summary>
    public required IReadOnlyList<int> Connections { get; init; }

    /// <summary>How many sign-ins are the first of a process.</summary>
    public required int First { get; init; }

    /// <summary>How long each attack of a stranger goes on; zero measures something else.</summary>
    public TimeSpan Strangers { get; init; }

    /// <summary>Whether an operation of this name is to be measured.</summary>
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
