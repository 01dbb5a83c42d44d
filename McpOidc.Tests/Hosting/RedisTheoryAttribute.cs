namespace McpOidc.Tests.Hosting;

/// <summary>A test with data that starts Redis; skipped where Redis is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public RedisTheoryAttribute() => Skip = RedisRequirement.SkipReason;
}
