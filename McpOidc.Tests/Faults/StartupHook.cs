using System.Diagnostics.CodeAnalysis;

/// <summary>
/// Runs before <c>Main</c> of the programs under test (<c>DOTNET_STARTUP_HOOKS</c>, which requires it to be in no namespace): loads this
/// assembly, and ends the program when its standard input closes, so that it cannot outlive a killed test run.
/// </summary>
[SuppressMessage("Design", "CA1050:Declare types in namespaces", Justification = "The runtime looks for this name.")]
internal static class StartupHook
{
    public static void Initialize() => new Thread(EndWithInput) { IsBackground = true }.Start();

    private static void EndWithInput()
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0) { }

        Environment.Exit(0);
    }
}
