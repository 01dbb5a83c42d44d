namespace McpOidc.Tests.Chromium;

/// <summary>A test in a real browser; skipped if there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumFactAttribute : FactAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public ChromiumFactAttribute() => Skip = ChromiumRequirement.SkipReason;
}
