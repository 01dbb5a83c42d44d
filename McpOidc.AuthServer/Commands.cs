using System.CommandLine;

namespace McpOidc.AuthServer;

/// <summary>What the program does beside serving.</summary>
internal static class Commands
{
    /// <summary>A word that is no setting asks for a command, also one that there is not: who mistypes a command wants no server.</summary>
    public static bool AreAskedFor(string[] args) => CommandLine.Read(args).Words.Length > 0;

    /// <returns>The exit code: 0, or 1 for wrong arguments or what is not there.</returns>
    public static Task<int> RunAsync(string[] args)
    {
        var line = CommandLine.Read(args);
        OperatorHost.Settings = line.Settings;
        return new RootCommand(
            "The McpOidc authorization server. Without a command it serves. Settings come from appsettings.json, the environment, or as "
                + "arguments: --McpOidc:Sqlite:Path=…"
        )
        {
            KeysCommand.Create(),
            SessionsCommand.Create(),
            ClientsCommand.Create(),
            AuditCommand.Create(),
            TimelineCommand.Create(),
            DoctorCommand.Create(),
        }
            .Parse(line.Words)
            .InvokeAsync();
    }
}
