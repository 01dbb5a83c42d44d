using System.CommandLine;
using McpOidc.Audit;

namespace McpOidc.AuthServer;

/// <summary><c>audit</c>: the recent events of all processes.</summary>
internal static class AuditCommand
{
    public const string Name = "audit";

    public static Command Create()
    {
        var search = CommandParts.Search("the event's name or one of its fields");
        var limit = new Option<int>("--limit")
        {
            Description = "The maximum number of events, up to 1000.",
            DefaultValueFactory = _ => 100,
        };
        var command = new Command(
            Name,
            "Show the latest events, newest first. They are kept for a day, if McpOidc:Admin has a key or a claim."
        )
        {
            search,
            limit,
        };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var events = await OperatorHost.UseAsync(services =>
                    services.GetRequiredService<AuditTrail>().ListAsync(result.GetValue(search), result.GetValue(limit), cancellationToken)
                );
                foreach (var one in events)
                {
                    await result.WriteAsync(
                        $"{CommandParts.Time(one.At)}  {one.Level}  {one.Event}  "
                            + $"{string.Join(", ", one.Fields.Select(field => $"{field.Key} {CommandParts.Clean(field.Value)}"))}"
                    );
                }

                await (events.Count > 0 ? Task.CompletedTask : result.NoteNothingAsync());
                return 0;
            }
        );
        return command;
    }
}
