namespace McpOidc.Benchmarks.Load;

/// <summary>An operation under load.</summary>
/// <param name="System">Of whom.</param>
/// <param name="Name">In the table, without the system's prefix.</param>
/// <param name="RunAsync">For how long, and how many a second; as many as there can be without a rate.</param>
internal sealed record LoadOperation(LoadSystem System, string Name, Func<TimeSpan, double?, Task<LoadResult>> RunAsync)
{
    /// <summary>What so many next runs need and do not measure.</summary>
    public Func<int, Task> PrepareAsync { get; init; } = _ => Task.CompletedTask;

    public string FullName => System.Prefix + Name;
}
