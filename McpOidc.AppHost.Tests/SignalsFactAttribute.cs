using McpOidc.Tests.Hosting;

namespace McpOidc.AppHost.Tests;

/// <summary>A test that stops a process mid-request with signals and <c>/proc</c>, on Redis: skipped elsewhere with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SignalsFactAttribute : FactAttribute
{
    public SignalsFactAttribute() =>
        Skip = OperatingSystem.IsLinux() ? RedisRequirement.SkipReason : "Processes are paused by signals of Linux.";
}
