namespace McpOidc.Tests.Hosting;

/// <summary>A test that starts Redis; skipped where Redis is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisFactAttribute : FactAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public RedisFactAttribute() => Skip = RedisRequirement.SkipReason;
}
