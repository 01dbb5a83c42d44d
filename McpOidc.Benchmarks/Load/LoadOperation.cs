namespace McpOidc.Benchmarks.Load;

/// <summary>An operation under load.</summary>
/// <param name="System">The system under test.</param>
/// <param name="Name">The name in the table, without the system's prefix.</param>
/// <param name="Run">Runs it for a time, at a rate per second (at full speed if <see langword="null"/>), over a number of
/// connections.</param>
internal sealed record LoadOperation(LoadSystem System, string Name, Func<TimeSpan, double?, int, Task<LoadResult>> Run)
{
    /// <summary>The number of connections that the limits apply to; with fewer callers, each operation costs a server more.</summary>
    public const int ManyConnections = 16;

    /// <summary>The number of connections.</summary>
    public int Connections { get; init; } = ManyConnections;

    /// <summary>Prepares that many runs, outside the measurement.</summary>
    public Func<int, Task> PrepareAsync { get; init; } = _ => Task.CompletedTask;

    public string FullName => System.Prefix + Name + (Connections == ManyConnections ? "" : $", {Connections} at once");

    public Task<LoadResult> RunAsync(TimeSpan time, double? rate) => Run(time, rate, Connections);
}
