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

    private static readonly string[] s_heads = ["When", "Step", "More", "Trace"];

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
                    : AdminPage.Empty("Nothing is kept under this reference. It is kept for a day; the log has its line for longer.")
                )}
                """
            )
        );
    }

    private static Html Show(SignInTimeline timeline) =>
        Html.Of(
            $"""
            <dl class="facts">
            <dt>Error</dt><dd><code>{timeline.Reason}</code></dd>
            <dt>When</dt><dd>{AdminPage.Time(timeline.At)}</dd>
            <dt>Request</dt><dd><code>{timeline.Request}</code></dd>
            <dt>Device</dt><dd>{timeline.Device ?? "Unknown"}</dd>
            <dt>Trace</dt><dd><code>{timeline.Trace}</code></dd>
            </dl>
            {(
                timeline.Steps.Count == 0
                    ? AdminPage.Empty("No step of a sign-in came before.")
                    : AdminPage.Table("Steps", s_heads, timeline.Steps.Select(step => Row(step)))
            )}
            """
        );

    private static Html Row(TimelineStep step) =>
        Html.Of(
            $"<tr><td>{AdminPage.Time(step.At)}</td><td><code>{step.Step}</code></td>"
                + $"<td>{step.Detail}</td><td><code>{step.Trace}</code></td></tr>"
        );
}
