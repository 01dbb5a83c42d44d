using McpOidc.Telemetry;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Timeline;

/// <summary>
/// Records the events of a sign-in. They are kept in the request and, between requests, in the interaction, which is written anyway, so
/// they cost no round trip. Only an error page stores them as a record.
/// </summary>
internal sealed class SignInTrail(IHttpContextAccessor http, TimeProvider clock)
{
    /// <summary>The maximum number of steps; a sign-in has about ten.</summary>
    public const int MaximumSteps = 40;

    private const int MaximumDetail = 300;
    private static readonly object s_item = new();

    /// <summary>The steps so far, of this request and earlier ones.</summary>
    public TimelineStep[] Steps => Current is { } trail ? [.. trail.Earlier.Concat(trail.Own).TakeLast(MaximumSteps)] : [];

    /// <summary>Whether this request continues a sign-in that was started here, in the same browser.</summary>
    public bool Continues => Current?.Earlier.Length > 0;

    private Trail? Current
    {
        get
        {
            if (http.HttpContext is not { } context)
            {
                return null;
            }

            if (context.Items[s_item] is not Trail trail)
            {
                context.Items[s_item] = trail = new Trail();
            }

            return trail;
        }
    }

    /// <param name="step">A short, stable name.</param>
    /// <param name="detail">Details: nothing secret, and no untrusted text.</param>
    public void Note(string step, string? detail = null) =>
        Current?.Own.Add(
            new TimelineStep(
                clock.GetUtcNow(),
                step,
                detail?.Length > MaximumDetail ? detail[..MaximumDetail] + "…" : detail,
                RequestTrace.Of(http.HttpContext)
            )
        );

    /// <summary>Adds the steps of the interaction that this request continues.</summary>
    public void Continue(TimelineStep[] earlier)
    {
        if (Current is { } trail)
        {
            trail.Earlier = earlier;
        }
    }

    private sealed class Trail
    {
        public TimelineStep[] Earlier { get; set; } = [];

        public List<TimelineStep> Own { get; } = [];
    }
}
