namespace McpOidc.Tests.Conformance;

/// <summary>A test with data that runs the official suite; skipped if it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ConformanceTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public ConformanceTheoryAttribute() => Skip = ConformanceSuite.SkipReason;
}
