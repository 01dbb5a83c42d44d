using System.CommandLine;
using McpOidc.Administration;

namespace McpOidc.AuthServer;

/// <summary><c>sessions revoke --all</c>: signs everybody out.</summary>
internal static class SessionsCommand
{
    public const string Name = "sessions";

    public static Command Create()
    {
        var all = new Option<bool>("--all") { Description = "Everybody, in every client and browser. Required: there is no other choice yet.", Required = true };
        var revoke = new Command("revoke", "End sign-ins. Access tokens are refused within two seconds.") { all };
        revoke.SetAction(async (result, cancellationToken) =>
        {
            if (!result.GetValue(all))
            {
                await result.InvocationConfiguration.Error.WriteLineAsync("Nothing was ended: --all was false.");
                return 1;
            }

            var ended = await OperatorHost.UseAsync(services => services.GetRequiredService<SessionAdministration>().RevokeAllAsync(cancellationToken));
            await result.InvocationConfiguration.Output.WriteLineAsync($"{ended} sign-ins of clients ended.");
            return 0;
        });
        return new Command(Name, "What people are signed in to.") { revoke };
    }
}
