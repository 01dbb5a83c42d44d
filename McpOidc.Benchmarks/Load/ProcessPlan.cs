namespace McpOidc.Benchmarks.Load;

/// <summary>How a process of the rig is started.</summary>
/// <param name="Program">The executable.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record ProcessPlan(string Program, params string[] Arguments)
{
    /// <summary>Beside the environment of the rig.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A URL that answers 200 when it can work; without one it counts as working at once.</summary>
    public string? Health { get; init; }

    /// <summary>Its working directory.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The processors that it may use, as <c>taskset</c> has them; all without.</summary>
    public string? Cores { get; init; }

    /// <summary>The signal that the kernel sends it when the rig ends.</summary>
    public string Farewell { get; init; } = "KILL";
}
