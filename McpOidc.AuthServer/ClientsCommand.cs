using System.CommandLine;
using McpOidc.Administration;

namespace McpOidc.AuthServer;

/// <summary><c>clients</c>: shows, deletes, blocks, removes and imports clients.</summary>
internal static class ClientsCommand
{
    public const string Name = "clients";
    private const string Nameless = "(without a name)";

    public static Command Create() => new(Name, "Manage clients.") { List(), Show(), Delete(), Blocked(), Reap(), ImportCommand.Create() };

    private static Command List()
    {
        var search = CommandParts.Search("the id, the name or a redirect URI");
        var command = new Command("list", "List the clients: configured ones, registered ones, and those with a metadata document.")
        {
            search,
        };
        command.SetAction(
            (result, cancellationToken) =>
                OperatorHost.UseAsync(async services =>
                {
                    var clients = services.GetRequiredService<ClientAdministration>();
                    var (any, next) = (false, (string?)null);
                    do
                    {
                        var page = await clients.ListAsync(result.GetValue(search), next, cancellationToken: cancellationToken);
                        foreach (var client in page.Clients)
                        {
                            await result.WriteAsync(
                                $"{client.ClientId}  {client.Kind}  {CommandParts.Time(client.CreatedAt)}  " + (client.Name ?? Nameless)
                            );
                        }

                        any |= page.Clients.Count > 0;
                        next = page.Next;
                    } while (next is not null);

                    await (any ? Task.CompletedTask : result.NoteNothingAsync());
                    return 0;
                })
        );
        return command;
    }

    private static Command Show()
    {
        var id = new Argument<string>("client_id") { Description = "The client id, as shown by 'clients list'." };
        var command = new Command("show", "Show one client.") { id };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                if (
                    await OperatorHost.UseAsync(services =>
                        services.GetRequiredService<ClientAdministration>().FindAsync(result.GetValue(id)!, cancellationToken)
                    )
                    is not { } client
                )
                {
                    return await result.FailAsync("There is no such client. Run 'clients list' to see all clients.");
                }

                (string Name, string? Value)[] facts =
                [
                    ("client_id", client.ClientId),
                    ("kind", client.Kind),
                    ("name", client.Name ?? Nameless),
                    ("confidential", client.IsConfidential ? "yes" : "no"),
                    ("since", CommandParts.Time(client.CreatedAt)),
                    ("first used", CommandParts.Time(client.ActivatedAt)),
                    ("shared since", CommandParts.Time(client.SharedSince)),
                    ("ends", CommandParts.Time(client.ExpiresAt)),
                    ("blocked", CommandParts.Time(client.BlockedAt)),
                    .. client.RedirectUris.Select(uri => ("redirect_uri", (string?)CommandParts.Clean(uri))),
                ];
                foreach (var (name, value) in facts.Where(fact => fact.Value is { Length: > 0 }))
                {
                    await result.WriteAsync($"{name, -14}{value}");
                }

                return 0;
            }
        );
        return command;
    }

    private static Command Delete()
    {
        var id = new Argument<string>("client_id") { Description = "The client id, as shown by 'clients list'." };
        var command = new Command("delete", "Delete a client and end all its sign-ins. A stateless registration is blocked permanently.")
        {
            id,
        };
        command.Aliases.Add("block");
        command.SetAction(
            async (result, cancellationToken) =>
            {
                if (
                    !await OperatorHost.ChangeAsync(services =>
                        services.GetRequiredService<ClientAdministration>().DeleteAsync(result.GetValue(id)!, cancellationToken)
                    )
                )
                {
                    return await result.FailAsync("There is no such client, or it is configured: then delete it in the settings.");
                }

                await result.WriteAsync("The client was deleted.");
                return 0;
            }
        );
        return command;
    }

    private static Command Blocked()
    {
        var command = new Command("blocked", "Print the blocked clients as settings, which outlive a restored or emptied store.");
        command.SetAction(
            (result, cancellationToken) =>
                OperatorHost.UseAsync(async services =>
                {
                    var clients = services.GetRequiredService<ClientAdministration>();
                    var (number, next) = (0, (string?)null);
                    do
                    {
                        var page = await clients.ListAsync(after: next, cancellationToken: cancellationToken);
                        foreach (var client in page.Clients.Where(client => client.BlockedAt is not null))
                        {
                            await result.WriteAsync($"McpOidc__Registration__Blocked__{number++}={client.ClientId}");
                        }

                        next = page.Next;
                    } while (next is not null);

                    return 0;
                })
        );
        return command;
    }

    private static Command Reap()
    {
        var command = new Command("reap", "Remove registrations without a signed-in user, except for those of the last hour.");
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var reaped = await OperatorHost.ChangeAsync(services =>
                    services.GetRequiredService<ClientAdministration>().ReapAsync(cancellationToken)
                );
                await result.WriteAsync($"Registrations removed: {reaped}.");
                return 0;
            }
        );
        return command;
    }
}
