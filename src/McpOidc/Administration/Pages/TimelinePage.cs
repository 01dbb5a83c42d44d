using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.SignIn;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Administration.Pages;

/// <summary>What led to an error page, by the reference shown on it.</summary>
internal sealed class TimelinePage(SignInTimelines timelines)
{
    public const string ReferenceParameter = "reference";

    private static readonly string[] s_heads = ["When", "Step", "Details", "Trace"];

    public async Task<IResult> RenderAsync(HttpContext http, Visitor visitor, CancellationToken cancellationToken)
    {
        var reference = http.Request.Query[ReferenceParameter].ToString();
        var timeline = reference.Length == 0 ? null : await timelines.FindAsync(reference, cancellationToken);
        return AdminPage.Of(
            "Timeline",
            EndpointPaths.AdminTimeline,
            Html.Of(
                $"""
                <h1>Timeline</h1>
                {AdminPage.Search(http, EndpointPaths.AdminTimeline, "Reference on the error page", ReferenceParameter)}{(
                    timeline is not null ? Show(timeline)
                    : reference.Length == 0 ? Html.Empty
                    : AdminPage.Empty("No timeline has this reference. Timelines are kept for a day; the log keeps its line longer.")
                )}
                """
            )
        );
    }

    private static Html Show(SignInTimeline timeline) =>
        Html.Of(
            $"""
            {AdminPage.Facts(
                ("Error", AdminPage.Code(timeline.Reason)),
                ("When", AdminPage.Time(timeline.At)),
                ("Request", AdminPage.Code(timeline.Request)),
                ("Device", timeline.Device ?? "Unknown"),
                ("Trace", AdminPage.Code(timeline.Trace))
            )}{(
                timeline.Steps.Count == 0
                    ? AdminPage.Empty("No step of a sign-in came before.")
                    : AdminPage.Table("Steps", s_heads, timeline.Steps.Select(Row))
            )}
            """
        );

    private static Html[] Row(TimelineStep step) =>
        [AdminPage.Time(step.At), AdminPage.Code(step.Step), step.Detail, AdminPage.Code(step.Trace)];
}
