using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop;

/// <summary>A test with data that starts Node and Redis; skipped where one of them is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeAndRedisTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides whether to skip.</summary>
    public NodeAndRedisTheoryAttribute() => Skip = NodeRequirement.SkipReason ?? RedisRequirement.SkipReason;
}
