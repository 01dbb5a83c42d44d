namespace McpOidc.Benchmarks.Load;

/// <summary>An operation under load.</summary>
/// <param name="System">Of whom.</param>
/// <param name="Name">In the table, without the system's prefix.</param>
/// <param name="Run">For how long, how many a second (as many as there can be without a rate), and how many at once.</param>
internal sealed record LoadOperation(LoadSystem System, string Name, Func<TimeSpan, double?, int, Task<LoadResult>> Run)
{
    /// <summary>What the bars are about; a lone caller and a few of them cost a server more for each operation.</summary>
    public const int ManyConnections = 16;

    /// <summary>How many at once.</summary>
    public int Connections { get; init; } = ManyConnections;

    /// <summary>What so many next runs need and do not measure.</summary>
    public Func<int, Task> PrepareAsync { get; init; } = _ => Task.CompletedTask;

    public string FullName => System.Prefix + Name + (Connections == ManyConnections ? "" : $", {Connections} at once");

    public Task<LoadResult> RunAsync(TimeSpan time, double? rate) => Run(time, rate, Connections);
}
