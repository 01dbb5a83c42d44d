using McpOidc.Hosting;

namespace Microsoft.Extensions.Hosting;

/// <summary>What a program says that cannot start.</summary>
public static class StartFailure
{
    /// <summary>As <c>AddMcpOidc()</c> has it said, from the first line on: a settings file may be unreadable.</summary>
    public static void Explain() => StartFault.Explain();
}
