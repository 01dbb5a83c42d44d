using System.CommandLine;
using McpOidc.Administration;

namespace McpOidc.AuthServer;

/// <summary><c>clients reap</c>: removes registrations that nobody uses.</summary>
internal static class ClientsCommand
{
    public const string Name = "clients";

    public static Command Create()
    {
        var reap = new Command("reap", "Remove registrations with which nobody is signed in, but for those of the last hour.");
        reap.SetAction(async (result, cancellationToken) =>
        {
            var reaped = await OperatorHost.UseAsync(services => services.GetRequiredService<ClientAdministration>().ReapAsync(cancellationToken));
            await result.InvocationConfiguration.Output.WriteLineAsync($"{reaped} registrations removed.");
            return 0;
        });
        return new Command(Name, "The registered clients.") { reap };
    }
}
