namespace McpOidc.Tests.Hosting;

/// <summary>A theory behind nginx; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NginxTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public NginxTheoryAttribute() => Skip = NginxRequirement.SkipReason;
}
