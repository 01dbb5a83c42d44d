using System.CommandLine;
using McpOidc.Administration;

namespace McpOidc.AuthServer;

/// <summary><c>grants</c>: lists and ends grants.</summary>
internal static class GrantsCommand
{
    public const string Name = "grants";

    // Operators' scripts use it.
    private const string FormerName = "sessions";

    public static Command Create() => new(Name, "Manage sign-ins.") { Aliases = { FormerName }, Subcommands = { List(), Revoke() } };

    private static Command List()
    {
        var (user, client) = (User(), Client());
        var search = CommandParts.Search("the id, the user, the subject, the client or its name");
        var command = new Command("list", "List the sign-ins of clients, including recently ended ones.") { user, client, search };
        command.SetAction(
            (result, cancellationToken) =>
                OperatorHost.UseAsync(async services =>
                {
                    var grants = services.GetRequiredService<GrantAdministration>();
                    var (any, next) = (false, (string?)null);
                    do
                    {
                        var page = await grants.ListAsync(
                            result.GetValue(user),
                            result.GetValue(client),
                            result.GetValue(search),
                            next,
                            cancellationToken: cancellationToken
                        );
                        foreach (var grant in page.Grants)
                        {
                            var state = grant.EndedAt is { } ended
                                ? $"ended {CommandParts.Time(ended)}"
                                : $"used {CommandParts.Time(grant.LastUsedAt)}";
                            await result.WriteAsync(
                                $"{grant.Id}  {grant.Subject}  {CommandParts.Clean(grant.Person)}  "
                                    + $"{CommandParts.Clean(grant.ClientName)}  {grant.Device}  {grant.Address}  since "
                                    + $"{CommandParts.Time(grant.CreatedAt)}  {state}"
                            );
                        }

                        any |= page.Grants.Count > 0;
                        next = page.Next;
                    } while (next is not null);

                    await (any ? Task.CompletedTask : result.NoteNothingAsync());
                    return 0;
                })
        );
        return command;
    }

    private static Command Revoke()
    {
        var id = new Argument<string?>("id")
        {
            Description = "The id of a sign-in, as shown by 'grants list'.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var (user, client) = (User(), Client());
        var all = new Option<bool>("--all") { Description = "All users, in all clients and browsers." };
        var command = new Command(
            "revoke",
            "End sign-ins: a single one, those of a user or client, or all. Access tokens are rejected within two seconds."
        )
        {
            id,
            user,
            client,
            all,
        };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var (one, whose, which) = (result.GetValue(id), result.GetValue(user), result.GetValue(client));
                var choices = (one is null ? 0 : 1) + (whose is null && which is null ? 0 : 1) + (result.GetValue(all) ? 1 : 0);
                if (choices != 1)
                {
                    return await result.FailAsync("Nothing was ended. Specify an id, --user and/or --client, or --all.");
                }

                var ended = await OperatorHost.ChangeAsync(async services =>
                {
                    var grants = services.GetRequiredService<GrantAdministration>();
                    return one is not null
                            ? await grants.RevokeAsync(one, cancellationToken) switch
                            {
                                null => (long?)null,
                                true => 1,
                                false => 0,
                            }
                        : result.GetValue(all) ? await grants.RevokeAllAsync(cancellationToken)
                        : await grants.RevokeManyAsync(whose, which, cancellationToken);
                });
                if (ended is null)
                {
                    return await result.FailAsync("There is no such sign-in. Run 'grants list' to see all sign-ins.");
                }

                await result.WriteAsync($"Ended sign-ins: {ended}.");
                return 0;
            }
        );
        return command;
    }

    private static Option<string?> User() => new("--user") { Description = "Only those of this user (sub)." };

    private static Option<string?> Client() => new("--client") { Description = "Only those of this client (client_id)." };
}
