using McpOidc.Hosting;

namespace Microsoft.Extensions.Hosting;

/// <summary>Prints why a program cannot start.</summary>
public static class StartFailure
{
    /// <summary>The same output as with <c>AddMcpOidc()</c>, from the first line of the program: a settings file may be
    /// unreadable.</summary>
    public static void Explain() => StartFault.Explain();
}
