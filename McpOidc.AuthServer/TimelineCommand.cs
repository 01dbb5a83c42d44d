using System.CommandLine;
using McpOidc.Timeline;

namespace McpOidc.AuthServer;

/// <summary><c>timeline</c>: what led to an error page.</summary>
internal static class TimelineCommand
{
    public const string Name = "timeline";

    public static Command Create()
    {
        var reference = new Argument<string>("reference") { Description = "What the error page showed." };
        var command = new Command(Name, "Show step by step what led to an error page of the last day, without secrets.") { reference };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                if (
                    await OperatorHost.UseAsync(services =>
                        services.GetRequiredService<SignInTimelines>().FindAsync(result.GetValue(reference)!, cancellationToken)
                    )
                    is not { } timeline
                )
                {
                    return await result.FailAsync(
                        "Nothing is kept under this reference. It is kept for a day; the log has its line for longer."
                    );
                }

                foreach (var step in timeline.Steps)
                {
                    await result.WriteAsync(
                        $"{CommandParts.Time(step.At)}  {step.Step, -18}  {CommandParts.Clean(step.Detail)}  trace {step.Trace}"
                    );
                }

                await result.WriteAsync(
                    $"{CommandParts.Time(timeline.At)}  error {timeline.Reason} at {CommandParts.Clean(timeline.Request)}, "
                        + $"{timeline.Device ?? "device unknown"}, trace {timeline.Trace}"
                );
                return 0;
            }
        );
        return command;
    }
}
