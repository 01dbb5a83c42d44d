namespace McpOidc.Tests.Interop;

/// <summary>A test that starts Node; skipped where Node or the packages are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeFactAttribute : FactAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public NodeFactAttribute() => Skip = NodeRequirement.SkipReason;
}
