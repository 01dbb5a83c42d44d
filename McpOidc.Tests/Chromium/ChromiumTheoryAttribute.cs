namespace McpOidc.Tests.Chromium;

/// <summary>A theory in a real browser; skipped if there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public ChromiumTheoryAttribute() => Skip = ChromiumRequirement.SkipReason;
}
