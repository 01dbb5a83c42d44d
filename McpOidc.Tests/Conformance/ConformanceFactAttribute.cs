namespace McpOidc.Tests.Conformance;

/// <summary>A test that runs the official suite; skipped if it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ConformanceFactAttribute : FactAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public ConformanceFactAttribute() => Skip = ConformanceSuite.SkipReason;
}
