using McpOidc.Telemetry;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Timeline;

/// <summary>
/// Notes what happens in a sign-in. Notes live in the request, and between requests in the interaction, which is written anyway: they cost
/// no round trip. Only an error page makes a record of them.
/// </summary>
internal sealed class SignInTrail(IHttpContextAccessor http, TimeProvider clock)
{
    /// <summary>How many steps are kept: a sign-in has about ten.</summary>
    public const int MaximumSteps = 40;

    private const int MaximumDetail = 300;
    private static readonly object s_item = new();

    /// <summary>The steps so far, of this request and of those before it.</summary>
    public TimelineStep[] Steps => Current is { } trail ? [.. trail.Earlier.Concat(trail.Own).TakeLast(MaximumSteps)] : [];

    /// <summary>Whether this request goes on with a sign-in that was begun here, in the same browser.</summary>
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

    /// <param name="step">A short stable word.</param>
    /// <param name="detail">More about it: nothing secret, and of what strangers sent only what is no text of theirs.</param>
    public void Note(string step, string? detail = null) =>
        Current?.Own.Add(
            new TimelineStep(
                clock.GetUtcNow(),
                step,
                detail?.Length > MaximumDetail ? detail[..MaximumDetail] + "…" : detail,
                RequestTrace.Of(http.HttpContext)
            )
        );

    /// <summary>The interaction that this request continues brings its steps along.</summary>
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
