using System.CommandLine;
using McpOidc.Timeline;

namespace McpOidc.AuthServer;

/// <summary><c>timeline</c>: what led to an error page.</summary>
internal static class TimelineCommand
{
    public const string Name = "timeline";

    public static Command Create()
    {
        var reference = new Argument<string>("reference") { Description = "The reference on the error page." };
        var command = new Command(Name, "Show the steps that led to an error page within the last day, without secrets.") { reference };
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
                        "There is no timeline for this reference. Timelines are kept for one day; search the log for older references."
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
                        + $"{timeline.Device ?? "unknown device"}, trace {timeline.Trace}"
                );
                return 0;
            }
        );
        return command;
    }
}
