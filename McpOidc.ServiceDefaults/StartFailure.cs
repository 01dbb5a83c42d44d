using McpOidc.Hosting;
using McpOidc.Storage;

namespace Microsoft.Extensions.Hosting;

/// <summary>Prints why a program cannot start.</summary>
public static class StartFailure
{
    /// <summary>The same output as with <c>AddMcpOidc()</c>, from the first line of the program: a settings file may be
    /// unreadable.</summary>
    public static void Explain() => StartFault.Explain();

    /// <summary>The same for a command of the program.</summary>
    /// <param name="exception">What ended it.</param>
    /// <returns><see langword="null"/> for a failure unrelated to settings or the store.</returns>
    public static IReadOnlyList<string>? Describe(Exception exception) =>
        exception is StoreUnavailableException ? [$"{exception.Message} Run 'doctor' for details."] : StartFault.Describe(exception);
}
