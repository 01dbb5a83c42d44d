using System.CommandLine;

namespace McpOidc.AuthServer;

/// <summary>What the program does beside serving.</summary>
internal static class Commands
{
    public static bool AreAskedFor(string[] args) => args is [KeysCommand.Name or SessionsCommand.Name or ClientsCommand.Name or AuditCommand.Name or TimelineCommand.Name or DoctorCommand.Name, ..] or ["-h" or "--help" or "-?"];

    /// <returns>The exit code: 0, or 1 for wrong arguments or what is not there.</returns>
    public static Task<int> RunAsync(string[] args)
        => new RootCommand("The McpOidc authorization server. Without a command it serves; settings come from appsettings.json and the environment.")
        {
            KeysCommand.Create(), SessionsCommand.Create(), ClientsCommand.Create(), AuditCommand.Create(), TimelineCommand.Create(), DoctorCommand.Create(),
        }.Parse(args).InvokeAsync();
}
