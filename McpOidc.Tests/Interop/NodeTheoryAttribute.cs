namespace McpOidc.Tests.Interop;

/// <summary>A test with data that starts Node; skipped where Node or the packages are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public NodeTheoryAttribute() => Skip = NodeRequirement.SkipReason;
}
