using System.CommandLine;

namespace McpOidc.AuthServer;

/// <summary>The commands of the program, besides serving.</summary>
internal static class Commands
{
    /// <summary>A word that is not a setting is a command, even an unknown one: a typo must not start a server.</summary>
    public static bool AreAskedFor(string[] args) => CommandLine.Read(args).Words.Length > 0;

    /// <returns>The exit code: 0, or 1 for invalid arguments, an object that does not exist, wrong settings, or a store that is
    /// unreachable.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var line = CommandLine.Read(args);
        OperatorHost.Settings = line.Settings;
        try
        {
            // Its own handler would print a stack trace for a missing setting.
            return await Create().Parse(line.Words).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C
            return 1;
        }
        catch (Exception exception)
        {
            foreach (var sentence in StartFailure.Describe(exception) ?? [$"{exception}"])
            {
                await Console.Error.WriteLineAsync(sentence);
            }

            return 1;
        }
    }

    private static RootCommand Create() =>
        new(
            "The McpOidc authorization server. Without a command, it runs the server. Settings come from appsettings.json, the "
                + "environment, or as arguments: --McpOidc:Sqlite:Path=…"
        )
        {
            KeysCommand.Create(),
            GrantsCommand.Create(),
            ClientsCommand.Create(),
            AuditCommand.Create(),
            TimelineCommand.Create(),
            DoctorCommand.Create(),
        };
}
