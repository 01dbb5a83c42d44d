namespace McpOidc.Benchmarks.Load;

/// <summary>How a process of the rig is started.</summary>
/// <param name="Program">The executable.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record ProcessPlan(string Program, params string[] Arguments)
{
    /// <summary>Variables in addition to the rig's environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A URL that returns 200 when the process is ready; without one, it counts as ready immediately.</summary>
    public string? Health { get; init; }

    /// <summary>Its working directory.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The processors that it may use, in <c>taskset</c> syntax; all if <see langword="null"/>.</summary>
    public string? Cores { get; init; }

    /// <summary>The signal that the kernel sends it when the rig ends.</summary>
    public string Farewell { get; init; } = "KILL";
}
